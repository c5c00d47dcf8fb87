/** The JSON text of a large plain payload, as `JSON.stringify` makes it, in steps of bounded work. */
import { pieceEnd } from "@everspan/protocol";
import { bytesOf, nodeOf } from "../capture/index.ts";
import type { BodyWriter } from "./body-writer.ts";
import { CALL_WORK, SLICE_BYTES } from "./json-encoder.ts";

/** A smaller part is made in one native call. */
const MIN_STEPPED_BYTES = 16 * 1024;

/** Whether a captured payload is worth steps. */
export function isStepped(payload: unknown): payload is object {
  return typeof payload === "object" && payload !== null && bytesOf(nodeOf(payload) ?? null) >= MIN_STEPPED_BYTES;
}

/** A longer string is made piece by piece. */
const PIECE_CHARACTERS = 64 * 1024;

/** Each step ends where the event loop may run: when the writer's `work` has reached a slice. */
export function* jsonTextSteps(payload: object, out: BodyWriter): Generator<void, string> {
  const isArray = Array.isArray(payload);
  let text = "";
  for (const [key, value] of isArray ? payload.entries() : Object.entries(payload)) {
    const json = yield* partSteps(value, out);
    text += `${text === "" ? "" : ","}${isArray ? "" : `${JSON.stringify(key)}:`}${json}`;
  }
  return isArray ? `[${text}]` : `{${text}}`;
}

function* partSteps(value: unknown, out: BodyWriter): Generator<void, string> {
  if (isStepped(value)) return yield* jsonTextSteps(value, out);
  if (typeof value === "string" && value.length > PIECE_CHARACTERS) return yield* stringSteps(value, out);
  const json = JSON.stringify(value) ?? "null";
  out.work += json.length + CALL_WORK;
  if (out.work >= SLICE_BYTES) yield;
  return json;
}

function* stringSteps(text: string, out: BodyWriter): Generator<void, string> {
  let json = "";
  for (let start = 0; start < text.length; ) {
    const end = pieceEnd(text, start + PIECE_CHARACTERS);
    json += JSON.stringify(text.slice(start, end)).slice(1, -1);
    out.work += end - start;
    start = end;
    if (out.work >= SLICE_BYTES) yield;
  }
  return `"${json}"`;
}
