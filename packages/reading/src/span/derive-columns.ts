import { isNumberText, isOmittedPayload } from "@everspan/protocol";
import { READERS } from "../dialects/index.ts";
import { type Message, type Part, plainText } from "../form/message.ts";
import type { ModelOutput, ReadError } from "../form/payloads.ts";
import type { SpanKind, SpanReading } from "../form/span-reading.ts";
import type { Usage } from "../form/usage.ts";
import { defined } from "../json/fields.ts";
import { asRecord, isEmpty, type JsonRecord, textAt } from "../json/json-record.ts";
import { parsedIfJson } from "../json/json-text.ts";
import { unwrapped } from "../messages/payloads.ts";
import { onlyConversation } from "../messages/read-input.ts";
import { READER_VERSION } from "../version.ts";
import { previewOf } from "./preview.ts";
import { mayStateFacts } from "./read-facts.ts";
import { LEVEL } from "./read-failure.ts";
import { readSpan } from "./read-span.ts";
import { toolNameIn } from "./read-tool.ts";
import type { ReadableSpan } from "./readable-span.ts";
import { spanKindOf } from "./span-kind.ts";

/** What the store keeps beside a span, so that lists, filters and sums need no payloads. */
export interface DerivedColumns {
  readonly readerVersion: number;
  readonly kind: SpanKind;
  readonly provider?: string;
  /** The model that answered; else the one that was asked for. */
  readonly model?: string;
  readonly responseId?: string;
  readonly finishReason?: string;
  /** Of a tool's span: the tool. */
  readonly toolName?: string;
  readonly usage?: Usage;
  /** Of a root: the name that its sender gives the whole run. */
  readonly traceName?: string;
  readonly session?: string;
  readonly user?: string;
  readonly tags: readonly string[];
  readonly environment?: string;
  readonly release?: string;
  /** The first words of the user, a tool's arguments, a query: at most 200 characters. */
  readonly asked?: string;
  /** The last answer, a tool's result, or the cause of the failure: at most 200 characters. */
  readonly answered?: string;
}

/** Messages looked at for the user's first words. */
const MAX_LOOKED_AT = 50;

/**
 * The columns of a span. A long history costs no more than a short one: of the input only the first messages are
 * read. Never throws.
 * @param withPreviews whether `asked` and `answered` are wanted: half of the work
 */
export function deriveColumns(span: ReadableSpan, withPreviews = true): DerivedColumns {
  return plainToolColumns(span, withPreviews) ?? columnsOf(span, withPreviews);
}

/** Names of data, beside those of facts, that say something of a tool's span. */
const TELLING_NAMES = ["body", "metadata", "__otel__", LEVEL];

/**
 * Most spans are of tools, with data that no reader knows: then its fields and its payloads say all there is, and a whole
 * reading would cost several times as much. Undefined for any other.
 */
export function plainToolColumns(span: ReadableSpan, withPreviews = true): DerivedColumns | undefined {
  if (spanKindOf(span) !== "tool" || isConversation(span)) return undefined;
  const data = asRecord(span.data);
  if (data !== undefined && (mayStateFacts(data) || TELLING_NAMES.some((name) => Object.hasOwn(data, name)))) {
    return undefined;
  }
  const { taskId: session, service, error } = span;
  const given = asRecord(parsedIfJson(known(span.input)));
  return {
    readerVersion: READER_VERSION,
    kind: "tool",
    tags: [],
    ...defined({
      model: modelIn(given),
      toolName: toolNameIn(given) ?? span.name,
      session,
      release: service?.version,
      ...(withPreviews && previewsOf(span, "tool", undefined, error)),
    }),
  };
}

/** The same of any span, by its whole reading. */
export function columnsOf(span: ReadableSpan, withPreviews: boolean): DerivedColumns {
  const reading = readReply(span);
  const { kind, call, output, usage, traceName, session, user, tags, environment, release, error } = reading;
  const requested = modelIn(asRecord(parsedIfJson(known(span.input))));
  const reply = output.kind === "read" ? output.value : undefined;
  return {
    readerVersion: reading.version,
    kind,
    tags,
    ...defined({
      provider: call.provider,
      model: call.responseModel ?? call.requestModel ?? requested,
      responseId: call.responseId,
      finishReason: call.finishReason,
      toolName: reading.tool?.name,
      usage,
      traceName,
      session,
      user,
      environment,
      release,
      ...(withPreviews && previewsOf(span, kind, reply, error)),
    }),
  };
}

function modelIn(request: JsonRecord | undefined): string | undefined {
  return textAt(request, "model", "modelId", "model_id");
}

function previewsOf(
  { input, output }: ReadableSpan,
  kind: SpanKind,
  reply: ModelOutput | undefined,
  error: ReadError | undefined,
): Pick<Partial<DerivedColumns>, "asked" | "answered"> {
  return defined({
    asked: nonEmpty(asked(kind, input)),
    answered: nonEmpty(error === undefined ? answer(kind, reply, output) : error.message || error.type),
  });
}

/** Without the history, unless calls are glued together: only the tools that were offered tell them apart. */
function readReply(span: ReadableSpan): SpanReading {
  if (!isConversation(span)) return readSpan(span, false);
  const { input: _history, ...small } = span;
  const reading = readSpan(small, false);
  return hasUnparsedCall(reading.output) ? readSpan(span, false) : reading;
}

function hasUnparsedCall(output: SpanReading["output"]): boolean {
  if (output.kind !== "read") return false;
  const parts = output.value.messages.flatMap((message) => message.parts);
  return parts.some((part) => part.kind === "toolCall" && typeof part.arguments === "string");
}

function isConversation(span: ReadableSpan): boolean {
  const record = asRecord(unwrapped(span.input));
  return (
    Array.isArray(record?.messages) ||
    Array.isArray(record?.input) ||
    Array.isArray(record?.contents) ||
    Array.isArray(unwrapped(span.input))
  );
}

function known(payload: unknown): unknown {
  return isOmittedPayload(payload) ? undefined : unwrapped(payload);
}

function nonEmpty(text: string | undefined): string | undefined {
  const preview = previewOf(text ?? "");
  return preview === "" ? undefined : preview;
}

function asked(kind: SpanKind, payload: unknown): string | undefined {
  const value = parsedIfJson(known(payload));
  if (isEmpty(value)) return undefined;
  if (typeof value === "string") return value;
  const words = kind === "tool" ? undefined : firstUserWords(value);
  return words ?? fieldsOf(value);
}

const LIST_KEYS = ["messages", "input", "contents", "gen_ai.input.messages"];

/** A text of the user's, not a marker of a framework: the first message that says any. */
function firstUserWords(value: unknown): string | undefined {
  const record = asRecord(value);
  const list = Array.isArray(value) ? value : LIST_KEYS.map((key) => parsedIfJson(record?.[key])).find(Array.isArray);
  if (list === undefined) {
    const messages = READERS.nested.input(value)?.messages ?? [];
    return wordsOfUser(messages);
  }
  const flat = onlyConversation(list);
  for (const item of flat.slice(0, MAX_LOOKED_AT)) {
    const words = wordsOfUser(READERS.nested.messages([item]));
    if (words !== undefined) return words;
  }
  return undefined;
}

function wordsOfUser(messages: readonly Message[]): string | undefined {
  return messages
    .filter(({ role }) => role === "user")
    .map(plainText)
    .find((text) => text.trim() !== "");
}

function answer(kind: SpanKind, reply: ModelOutput | undefined, payload: unknown): string | undefined {
  const said = reply?.messages.filter(({ role }) => role === "assistant" || role === "other") ?? [];
  const words = said.map(plainText).findLast((text) => text.trim() !== "");
  if (words !== undefined) return words;
  const parts = said.flatMap((message) => message.parts);
  const shown = parts.map(partPreview).find((text) => text !== undefined);
  if (shown !== undefined) return shown;
  if (reply?.embeddings !== undefined) return undefined;
  const value = parsedIfJson(known(payload));
  if (kind === "retrieval" || isEmpty(value)) return undefined;
  return typeof value === "string" ? value : fieldsOf(value);
}

function partPreview(part: Part): string | undefined {
  if (part.kind === "toolCall") return `→ ${part.name} ${fieldsOf(part.arguments) ?? ""}`.trim();
  if (part.kind === "refusal") return part.text;
  return part.kind === "json" ? fieldsOf(part.value) : undefined;
}

/** The first fields of an object: `city: Paris, unit: celsius`. */
function fieldsOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean" || isNumberText(value)) return String(value);
  const names = Array.isArray(value) ? undefined : Object.keys(asRecord(value) ?? {}).slice(0, 6);
  const shown: string[] = [];
  for (const name of names ?? [0, 1, 2, 3]) {
    const text = scalarOf((value as Readonly<Record<string, unknown>>)[name]);
    if (text === undefined) continue;
    shown.push(names === undefined || names.length === 1 || name === "" ? text : `${name}: ${text}`);
  }
  return shown.length === 0 ? undefined : shown.join(", ");
}

/** Texts, numbers, and the texts of a tool's answer in parts. */
function scalarOf(value: unknown): string | undefined {
  if (typeof value === "string") return value.slice(0, 400);
  if (typeof value === "number" || typeof value === "boolean" || isNumberText(value)) return String(value);
  if (Array.isArray(value)) return scalarOf(asRecord(value[0])?.text);
  return textAt(asRecord(value), "text", "content");
}
