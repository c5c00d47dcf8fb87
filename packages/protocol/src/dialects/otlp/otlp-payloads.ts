import { parseJsonNumbers } from "../../payload/json-numbers.ts";
import { isJsonObject } from "../../payload/json-object.ts";
import { parseJsonText } from "./otlp-value.ts";
import type { OtlpAttributes } from "./span-record.ts";

/** Payloads of our own spans, which stand under OpenInference's names. */

/** Input or output, with its type beside it. */
export function ownPayload(attributes: Readonly<OtlpAttributes>, field: "input" | "output"): unknown {
  const value = attributes[`${field}.value`];
  return attributes[`${field}.mime_type`] === "text/plain" ? value : parsePayload(value, "application/json");
}

/** Our `data`, which is one JSON object under OpenInference's name. */
export function ownData(attributes: Readonly<OtlpAttributes>): Record<string, unknown> | undefined {
  const data = parseJsonText(attributes.metadata);
  return isJsonObject(data) ? data : undefined;
}

/** Scalars are JSON too when the sender says that it is JSON. */
function parsePayload(value: unknown, mimeType: unknown): unknown {
  if (mimeType !== "application/json" || typeof value !== "string") return parseJsonText(value);
  return /^\s*[[{]/.test(value) ? parseJsonText(value) : parseScalar(value);
}

function parseScalar(text: string): unknown {
  try {
    return parseJsonNumbers(text);
  } catch {
    return text;
  }
}
