import { refuseUnknown, requireObject, unfit } from "./check-options.ts";

/** The parts of a span that hold content. */
export type SpanContent = "input" | "output" | "data" | "error";

/**
 * What is withheld before a span is written to the spool and before it is given to an exporter: in payloads (property
 * values and within strings, JSON in strings too), errors and names. Never on the application's path.
 */
export interface RedactionOptions {
  /**
   * Withholds values under credential-named keys (`password`, `api_key`, `authorization` …) and credential-shaped parts
   * of strings (API keys, tokens, private keys, passwords in addresses). Default true.
   */
  readonly credentials?: boolean | undefined;
  /** Names of more properties whose values are withheld whole, whatever their case and separators. Default none. */
  readonly keys?: readonly string[] | undefined;
  /** What of any string is withheld besides. Keep them linear: they see every string that is sent. Default none. */
  readonly patterns?: readonly RegExp[] | undefined;
  /** Parts of a span that are withheld altogether. Default none. */
  readonly withhold?: readonly SpanContent[] | undefined;
  /**
   * A policy of your own: gets each distinct string and gives what is sent instead. One that throws or gives no string
   * withholds the string, not the span. Default none.
   */
  readonly replace?: ((text: string) => string) | undefined;
}

const FIELDS: readonly (keyof RedactionOptions)[] = ["credentials", "keys", "patterns", "withhold", "replace"];
const CONTENT: readonly unknown[] = ["input", "output", "data", "error"] satisfies SpanContent[];

/** @returns undefined when nothing is withheld. @throws EverspanError */
export function resolveRedaction(
  name: string,
  given: RedactionOptions | false | undefined,
  otherwise: RedactionOptions | undefined,
): RedactionOptions | undefined {
  if (given === undefined) return otherwise;
  if (given === false) return undefined;
  requireObject(name, given);
  refuseUnknown(name, given, FIELDS);
  const { credentials = true, keys = [], patterns = [], withhold = [], replace } = given;
  if (typeof credentials !== "boolean") throw unfit(`${name}.credentials`, "a boolean", credentials);
  requireList(`${name}.keys`, keys, "strings", (key) => typeof key === "string");
  requireList(`${name}.patterns`, patterns, "regular expressions", (pattern) => pattern instanceof RegExp);
  requireList(`${name}.withhold`, withhold, CONTENT.join(", "), (part) => CONTENT.includes(part));
  if (replace !== undefined && typeof replace !== "function") {
    throw unfit(`${name}.replace`, "a function", replace);
  }
  return { credentials, keys, patterns, withhold, ...(replace !== undefined && { replace }) };
}

function requireList(name: string, list: unknown, what: string, isFit: (item: unknown) => boolean): void {
  if (!Array.isArray(list) || !list.every(isFit)) throw unfit(name, `an array of ${what}`, list);
}
