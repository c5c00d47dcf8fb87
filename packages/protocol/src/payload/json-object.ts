import type { JsonObject } from "./json-value.ts";
import { isNumberText } from "./number-text.ts";

/** Objects of JSON: how untrusted values are recognised and how own properties are written. */

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isNumberText(value);
}

/** Writes an own property. Plain assignment to `__proto__` would change the prototype and lose the value. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}
