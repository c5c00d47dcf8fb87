/** Texts of a span that are only their beginnings: which they are, and how long the whole of them is. */
import type { CutText } from "@everspan/protocol";

/** @param value what was read @param cut where texts of it were cut */
export function lengthsOfCut(value: unknown, cut: readonly CutText[]): ReadonlyMap<string, number> {
  const lengths = new Map<string, number>();
  for (const { pointer, characters } of cut) {
    const text = at(value, pointer);
    if (typeof text === "string") lengths.set(text, characters);
  }
  return lengths;
}

/** Whether any text within is only a beginning. @param lengthOf how long the whole of a text is */
export function holdsCutText(value: unknown, lengthOf: (text: string) => number): boolean {
  if (typeof value === "string") return lengthOf(value) > value.length;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((part) => holdsCutText(part, lengthOf));
}

/** @param pointer a JSON Pointer (RFC 6901) */
function at(value: unknown, pointer: string): unknown {
  const names = pointer.split("/").slice(1);
  return names.reduce<unknown>((container, name) => {
    const key = name.replaceAll("~1", "/").replaceAll("~0", "~");
    const isThere = typeof container === "object" && container !== null && Object.hasOwn(container, key);
    return isThere ? (container as Readonly<Record<string, unknown>>)[key] : undefined;
  }, value);
}
