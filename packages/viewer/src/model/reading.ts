/**
 * What a span's payloads say, three-valued: nothing is there, it was read, or something is there that no reader takes and
 * that is shown as it is. "Absent" and "not understood" are never the same.
 */
import { isOmittedPayload, type StoredSpan } from "@everspan/protocol";
import type { Message } from "./conversation/message.ts";
import { parseConversation, parseReply } from "./conversation/parse-messages.ts";

export type Reading<T> =
  | { readonly kind: "none" }
  | { readonly kind: "read"; readonly value: T }
  | { readonly kind: "unread"; readonly raw: unknown };

const NONE = { kind: "none" } as const;

const inputs = new WeakMap<StoredSpan, Reading<readonly Message[]>>();
const replies = new WeakMap<StoredSpan, Reading<readonly Message[]>>();

/** What a model call was sent. */
export function readSent(span: StoredSpan): Reading<readonly Message[]> {
  return remembered(inputs, span, () => reading(span.input, parseConversation(span.input)));
}

/** What a model call answered. */
export function readReply(span: StoredSpan): Reading<readonly Message[]> {
  return remembered(replies, span, () => reading(span.output, parseReply(span.output)));
}

/** The messages, or none of them. */
export function messagesOf(reading: Reading<readonly Message[]>): readonly Message[] {
  return reading.kind === "read" ? reading.value : [];
}

function reading(payload: unknown, messages: readonly Message[] | null): Reading<readonly Message[]> {
  if (isNothing(payload)) return NONE;
  if (isOmittedPayload(payload) || messages === null) return { kind: "unread", raw: payload };
  return { kind: "read", value: messages };
}

function isNothing(payload: unknown): boolean {
  if (payload === undefined || payload === null || payload === "") return true;
  return typeof payload === "object" && Object.keys(payload).length === 0;
}

function remembered<T>(known: WeakMap<StoredSpan, Reading<T>>, span: StoredSpan, read: () => Reading<T>): Reading<T> {
  let found = known.get(span);
  if (found === undefined) {
    found = read();
    known.set(span, found);
  }
  return found;
}
