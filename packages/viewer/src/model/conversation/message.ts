/** One message of a conversation, whatever the provider's format was. */

export type MessageRole = "system" | "user" | "assistant" | "tool" | "other";

export type MessagePart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "thinking"; readonly text: string }
  | { readonly kind: "toolCall"; readonly callId: string | null; readonly name: string; readonly arguments: unknown }
  | {
      readonly kind: "toolResult";
      readonly callId: string | null;
      readonly name: string | null;
      readonly content: unknown;
      readonly isError: boolean;
    }
  /** An image, a file, a sound: named, never loaded. */
  | { readonly kind: "media"; readonly label: string }
  | { readonly kind: "unknown"; readonly value: unknown };

export interface Message {
  readonly role: MessageRole;
  /** The role as the payload says it, e.g. `developer`. */
  readonly roleLabel: string;
  readonly name?: string;
  readonly parts: readonly MessagePart[];
  readonly finishReason?: string;
  /** The message as it stands in the payload: two calls sent the same message when these are equal. */
  readonly raw: unknown;
}

const ROLES: Readonly<Record<string, MessageRole>> = {
  system: "system",
  developer: "system",
  user: "user",
  human: "user",
  assistant: "assistant",
  ai: "assistant",
  model: "assistant",
  tool: "tool",
  function: "tool",
};

export function messageRole(label: string): MessageRole {
  return Object.hasOwn(ROLES, label) ? ROLES[label]! : "other";
}

/** All that was said in words, for previews. */
export function plainText(message: Message): string {
  return message.parts.flatMap((part) => (part.kind === "text" ? [part.text] : [])).join("\n");
}
