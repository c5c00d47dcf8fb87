import type { Message } from "../form/message.ts";
import { defined } from "../json/fields.ts";
import { isEmpty, type JsonRecord } from "../json/json-record.ts";
import { mergeRests } from "../json/merge-rests.ts";

/** What a reply says around its message (a choice, a candidate, an envelope). */
export interface Outside {
  readonly finishReason?: string | undefined;
  readonly rest?: JsonRecord | undefined;
}

/** The message with what stands around it. Where both say one thing in two ways, neither is lost. */
export function withOutside(message: Message, { finishReason, rest }: Outside): Message {
  const own = message.finishReason;
  const isContradicted = own !== undefined && finishReason !== undefined && own !== finishReason;
  const inner = isContradicted ? mergeRests(message.rest, { finish_reason: own }) : message.rest;
  return { ...message, ...defined({ finishReason: finishReason ?? own, rest: mergeRests(inner, rest) }) };
}

/** A part with what stood around it, where its dialect wraps it in an object of its own. */
export function withOuterRest<T extends { readonly rest?: JsonRecord }>(part: T, outer: JsonRecord | undefined): T {
  return outer === undefined ? part : { ...part, rest: mergeRests(part.rest, outer) };
}

/** The record as one of this type, for the readers of that type. A type that says anything else is kept. */
export function asType(record: JsonRecord, type: string, ...synonyms: readonly string[]): JsonRecord {
  const given = record.type;
  const isSaid = isEmpty(given) || given === type || (typeof given === "string" && synonyms.includes(given));
  return { ...record, type, ...(isSaid ? {} : { given_type: given }) };
}
