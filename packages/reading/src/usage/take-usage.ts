import { isNumberText } from "@everspan/protocol";
import type { Usage } from "../form/usage.ts";
import type { Fields } from "../json/fields.ts";
import { asRecord, isEmpty, type JsonRecord } from "../json/json-record.ts";
import { amountOf, countOf } from "./count.ts";
import { isUsageDetail, isUsageName, readUsage } from "./read-usage.ts";

/**
 * Takes a reply's usage. What of it is no count that the form knows (searches, credits, regions) stays in the reply's
 * rest under the same name; a bag in which nothing is understood stays whole.
 */
export function takeUsage(
  fields: Fields,
  names: readonly string[],
  told: { serviceTier?: unknown } = {},
): Usage | undefined {
  const name = names.find((candidate) => asRecord(fields.peek(candidate)) !== undefined);
  if (name === undefined) return undefined;
  const bag = asRecord(fields.peek(name))!;
  const usage = readUsage(bag, told);
  if (usage === undefined) return undefined;
  fields.leave(name, leftover(bag));
  return usage;
}

function leftover(bag: JsonRecord): JsonRecord | undefined {
  const left = Object.entries(bag).filter(([key, value]) => !isEmpty(value) && !isUnderstood(key, value));
  return left.length === 0 ? undefined : Object.fromEntries(left);
}

function isUnderstood(key: string, value: unknown): boolean {
  if (typeof value === "object" && !isNumberText(value)) return isUsageDetail(key) && areCounts(value);
  if (key === "service_tier" || key === "serviceTier") return typeof value === "string";
  return isUsageName(key) && (countOf(value) ?? amountOf(value)) !== undefined;
}

/** Counts by name, or Google's by modality. */
function areCounts(value: unknown): boolean {
  const bags = Array.isArray(value) ? value : [value];
  return bags.every((bag) =>
    Object.entries(asRecord(bag) ?? { "": bag }).every(
      ([key, count]) =>
        isEmpty(count) || key === "modality" || key === "ttl" || (isUsageName(key) && countOf(count) !== undefined),
    ),
  );
}
