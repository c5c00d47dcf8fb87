import type { JsonRecord } from "../json/json-record.ts";

/** One form for the messages of every provider and framework. */

export type MessageRole = "system" | "user" | "assistant" | "tool" | "other";

interface PartBase {
  /** Fields of the part that this form has no word for, as they came. */
  readonly rest?: JsonRecord;
}

export interface TextPart extends PartBase {
  readonly kind: "text";
  readonly text: string;
}

/** What the model thought. `text` is empty when the provider sent it only encrypted. */
export interface ReasoningPart extends PartBase {
  readonly kind: "reasoning";
  readonly text: string;
}

export interface ToolCallPart extends PartBase {
  readonly kind: "toolCall";
  readonly callId: string | null;
  readonly name: string;
  /** Parsed where they came as JSON text; the text where it is not JSON. */
  readonly arguments: unknown;
}

export interface ToolResultPart extends PartBase {
  readonly kind: "toolResult";
  readonly callId: string | null;
  /** The tool; most formats name it only in the call, from which it is taken then. */
  readonly name: string | null;
  /** The result in parts, when it is made of texts and media; otherwise one `json` part. */
  readonly content: readonly Part[];
  readonly isError: boolean;
}

/** An image, a sound, a film or a file: at most one of `data`, `url` and `fileId` says where it is. */
export interface MediaPart extends PartBase {
  readonly kind: "image" | "audio" | "video" | "file";
  /** Media type, e.g. `image/png`. */
  readonly mediaType: string | null;
  /** Size of the decoded content in bytes; null when it is not in the payload. */
  readonly bytes: number | null;
  /** Base64. */
  readonly data?: string;
  readonly url?: string;
  /** The provider's name of an uploaded file. */
  readonly fileId?: string;
  readonly name?: string;
  /** What is said in it, or a document's text. */
  readonly text?: string;
}

export interface RefusalPart extends PartBase {
  readonly kind: "refusal";
  readonly text: string;
}

/** A source that a text names. */
export interface CitationPart extends PartBase {
  readonly kind: "citation";
  readonly url: string | null;
  readonly title: string | null;
  /** The cited words. */
  readonly text: string | null;
}

/** A value that is data by its nature (a tool's result): nothing was misunderstood. */
export interface JsonPart extends PartBase {
  readonly kind: "json";
  readonly value: unknown;
}

/** What no reader takes, as it came. */
export interface UnknownPart {
  readonly kind: "unknown";
  readonly value: unknown;
}

export type Part =
  | TextPart
  | ReasoningPart
  | ToolCallPart
  | ToolResultPart
  | MediaPart
  | RefusalPart
  | CitationPart
  | JsonPart
  | UnknownPart;

export interface Message {
  readonly role: MessageRole;
  /** The role as the payload says it, e.g. `developer`. */
  readonly roleLabel: string;
  readonly name?: string;
  readonly id?: string;
  readonly parts: readonly Part[];
  readonly finishReason?: string;
  /** Fields of the message that this form has no word for, as they came. */
  readonly rest?: JsonRecord;
}

/** All that was said in words. */
export function plainText(message: Pick<Message, "parts">): string {
  return message.parts.flatMap((part) => (part.kind === "text" ? [part.text] : [])).join("\n");
}
