/** A payload grown at one of its places: so that a reader is tried with much of whatever may be much. */

type Json = Readonly<Record<string, unknown>>;
export type Path = readonly (string | number)[];

/** Every list, object and text of a payload, the payload itself among them. */
export function placesOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value === "string") return [path];
  if (typeof value !== "object" || value === null) return [];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => placesOf(inner, [...path, key]))];
}

/** Of a list `count` times its items; of an object `count` more fields; of a text `count` times its letters. */
export function grownAt(value: unknown, path: Path, count: number): unknown {
  const [step, ...further] = path;
  if (step !== undefined) {
    if (Array.isArray(value)) {
      return value.map((item: unknown, i) => (String(i) === String(step) ? grownAt(item, further, count) : item));
    }
    return { ...(value as Json), [step]: grownAt((value as Json)[step], further, count) };
  }
  if (Array.isArray(value)) {
    return Array.from({ length: count }, (_, i) => value.map((item: unknown) => copyNumbered(item, i))).flat();
  }
  if (typeof value === "string") return /^\s*[[{]/.test(value) ? grownJson(value, count) : value.repeat(count);
  const more = Array.from({ length: count }, (_, i) => [`more${i}`, { field: `value ${i}` }] as const);
  return { ...(value as Json), ...Object.fromEntries(more) };
}

/** JSON in a text grows by its outermost list or object. */
function grownJson(text: string, count: number): string {
  return JSON.stringify(grownAt(JSON.parse(text), [], count));
}

/** Ids and positions differ from copy to copy, as they do in what programs send. */
function copyNumbered(value: unknown, number: number): unknown {
  if (Array.isArray(value)) return value.map((item) => copyNumbered(item, number));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (/id$/i.test(key) && typeof inner === "string") return [key, `${inner}${number}`];
      if (/index$/i.test(key) && typeof inner === "number") return [key, inner + number];
      return [key, copyNumbered(inner, number)];
    }),
  );
}

/** Names with a `*` as `count` names, numbered. */
export function spreadNames(attributes: Json, count: number): Json {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) =>
      name.includes("*")
        ? Array.from({ length: count }, (_, i) => [name.replace("*", String(i)), value])
        : [[name, value]],
    ),
  );
}
