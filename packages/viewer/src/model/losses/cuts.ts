/** The marks by which the SDK says that it shortened a payload, found again: what it was, and how much is kept. */
import { isContainer } from "../json/json-shape.ts";
import { formatBytes, formatExactCount } from "../text/format.ts";

/** A whole value that is a mark, or a text that ends in one. */
const MARK = /\[Truncated: ([^[\]]{1,300})\]$/;
const CHARACTERS = /^(\d+) characters$/;
const ITEMS = /^(\d+) (items|entries)$/;
/** Looked at; a payload of millions of values is not searched to its end. */
const MAX_VALUES = 20_000;
const MAX_CUTS = 5;

/** @returns a clause for each cut, the first few */
export function cutsIn(payload: unknown): readonly string[] {
  const cuts: string[] = [];
  const pending: { readonly value: unknown; readonly siblings: number }[] = [{ value: payload, siblings: 0 }];
  for (let seen = 0; pending.length > 0 && seen < MAX_VALUES && cuts.length < MAX_CUTS; seen++) {
    const { value, siblings } = pending.pop()!;
    if (typeof value === "string") {
      const cut = cutOf(value, siblings);
      if (cut !== undefined && !cuts.includes(cut)) cuts.push(cut);
    } else if (isShed(value)) {
      cuts.push(`${formatBytes(value.bytes)} given up when its queue was full`);
    } else if (isContainer(value)) {
      const values = Object.values(value);
      // A container is cut at its end: that is looked at first, so push order matters.
      for (const inner of values.slice(0, MAX_VALUES)) pending.push({ value: inner, siblings: values.length - 1 });
    }
  }
  return cuts;
}

/** What stands in the place of a payload that the SDK had no room for. */
function isShed(value: unknown): value is { readonly bytes: number } {
  const marker = value as Readonly<Record<string, unknown>> | null;
  return typeof value === "object" && marker?.["everspan.shed"] === true && typeof marker.bytes === "number";
}

/** @param siblings how many values stand beside it in its container */
function cutOf(text: string, siblings: number): string | undefined {
  if (text.length > 512 && !text.endsWith("]")) return undefined;
  const detail = MARK.exec(text.slice(-400))?.[1];
  if (detail === undefined) return undefined;
  const characters = CHARACTERS.exec(detail);
  if (characters !== null) {
    const mark = `[Truncated: ${detail}]`;
    const kept = Math.max(0, text.length - mark.length - 2);
    return `${formatExactCount(kept)} of ${formatExactCount(Number(characters[1]))} characters kept`;
  }
  const items = ITEMS.exec(detail);
  if (items === null) return detail;
  const missing = Number(items[1]);
  return `${formatExactCount(siblings)} of ${formatExactCount(siblings + missing)} ${items[2]} kept`;
}
