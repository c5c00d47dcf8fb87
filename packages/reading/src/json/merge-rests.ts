import { isDeepEqual } from "./is-deep-equal.ts";
import type { JsonRecord } from "./json-record.ts";

/** Both rests as one; where they use one name for two values, the outer one's stands as `outer.NAME`. */
export function mergeRests(inner: JsonRecord | undefined, outer: JsonRecord | undefined): JsonRecord | undefined {
  if (inner === undefined || outer === undefined) return inner ?? outer;
  // Without a prototype, a field named `__proto__` is a field like any other.
  const merged = Object.assign(Object.create(null), inner) as Record<string, unknown>;
  for (const [key, value] of Object.entries(outer)) {
    let name = key;
    while (Object.hasOwn(merged, name) && !isDeepEqual(merged[name], value)) name = `outer.${name}`;
    merged[name] = value;
  }
  return merged;
}
