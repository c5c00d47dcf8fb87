import { MAX_PAYLOAD_DEPTH } from "../../limits.ts";
import { setOwn } from "../../payload/json-object.ts";
import type { OtlpAttributes } from "./span-record.ts";

/** What both forms do with attributes and their values, so that they mean the same. */

/** Stands in the place of what is nested deeper than a payload may be. */
export const TOO_DEEP_VALUE = `[Truncated: deeper than ${MAX_PAYLOAD_DEPTH} levels]`;

/** Containers that a value may still hold: the attributes are the first. */
export const MAX_VALUE_DEPTH = MAX_PAYLOAD_DEPTH - 4;

/** Sets an attribute. The specification asks for unique names; of two with one name the last stands, and it is said. */
export function setAttribute(attributes: OtlpAttributes, name: string, value: unknown, mistakes: string[]): void {
  if (Object.hasOwn(attributes, name))
    mistakes.push(`attribute ${JSON.stringify(name.slice(0, 100))} came twice: the last stands`);
  setOwn(attributes, name, value);
}

/** JSON has no NaN and no infinity: protobuf's JSON form writes them as text, and text they stay. */
export function doubleOf(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
