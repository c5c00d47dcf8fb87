import { READERS } from "../dialects/index.ts";
import type { Message } from "../form/message.ts";
import type { ModelInput, ModelOutput } from "../form/payloads.ts";
import { NONE, type Reading, read, unread } from "../form/reading.ts";
import { asRecord, isEmpty } from "../json/json-record.ts";
import { mayBeReply } from "./reply-names.ts";

/** What a model was asked. A text alone is the user's words. */
export function readModelInput(payload: unknown): Reading<ModelInput> {
  const value = unwrapped(payload);
  if (isEmpty(value)) return NONE;
  if (typeof value === "string" && !/^\s*[[{]/.test(value)) return read({ messages: [userText(value)] });
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) {
    return read({ messages: value.map(userText) });
  }
  const found = READERS.nested.input(value);
  if (found !== undefined) return read(found);
  return typeof value === "string" ? read({ messages: [userText(value)] }) : unread(payload);
}

/** What a model answered. A text alone is its words. */
export function readModelOutput(payload: unknown): Reading<ModelOutput> {
  const value = unwrapped(payload);
  if (isEmpty(value)) return NONE;
  const record = asRecord(value);
  if (record !== undefined && !mayBeReply(record)) return unread(payload);
  const found = READERS.nested.output(value);
  return found === undefined ? unread(payload) : read(found);
}

function userText(text: string): Message {
  return { role: "user", roleLabel: "user", parts: [{ kind: "text", text }] };
}

/** Exporters wrap payloads that a back end would refuse (a list, a text) as `{value}`. */
export function unwrapped(payload: unknown): unknown {
  const record = asRecord(payload);
  if (record === undefined || !Object.hasOwn(record, "value") || Object.keys(record).length !== 1) return payload;
  return record.value;
}
