import { inspectPayload } from "../../payload/inspect.ts";
import { parseJsonNumbers } from "../../payload/json-numbers.ts";

/**
 * The value that a text is the JSON of, when that is an object or a list; otherwise the text. Instrumentations put whole
 * payloads into attributes as JSON text; as values, their parts can be shared and shown.
 */
export function parseJsonText(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    const parsed = parseJsonNumbers(value);
    return inspectPayload(parsed).tooDeep ? value : parsed;
  } catch {
    return value;
  }
}
