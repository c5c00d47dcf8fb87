import { setOwn } from "../../payload/json-object.ts";
import { parseJsonText } from "./otlp-value.ts";
import type { NormalizedSpan, OtlpSpanRecord } from "./span-record.ts";

/** Attributes as they came, JSON texts as what they are the text of: for who has no reader of conventions. */
export function plainSpan({ attributes }: Pick<OtlpSpanRecord, "attributes">): NormalizedSpan {
  const data: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(attributes)) setOwn(data, name, parseJsonText(value));
  return { data };
}
