/** The filters of a search that only a span's payloads can answer. Pure; the others are conditions of the store's own. */
import { canonicalEncode, type StoredSpan } from "@everspan/protocol";
import type { SpanSearch } from "./store-queries.ts";

/** Where Scale GenAI Platform's own fields lie in `data`. */
const SGP_FIELDS_KEY = "__sgp__";
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const WORDS = /^[a-z0-9]+(?: [a-z0-9]+){0,7}$/;
const MAX_TEXT_DEPTH = 200;

/** @returns undefined when the search has no such filter */
export function spanMatcher(search: SpanSearch): ((span: StoredSpan) => boolean) | undefined {
  const tests = [
    anyOf(search.obsTraceIds, ({ obs }) => obs?.traceId),
    anyOf(search.obsSpanIds, ({ obs }) => obs?.spanId),
    anyOf(search.acpTypes, ({ service, data }) => service?.acpType ?? data?.__acp_type__),
    anyOf(search.agentIds, ({ service, data }) => service?.agentId ?? data?.__agent_id__),
    anyOf(search.agentNames, ({ service, data }) => service?.agentName ?? data?.__agent_name__),
    anyOf(search.variantIds, ({ data }) => fieldOf(data?.[SGP_FIELDS_KEY], "application_variant_id")),
    metadataTest(search.metadata),
    textTest(search.texts),
  ].filter((test) => test !== undefined);
  return tests.length === 0 ? undefined : (span) => tests.every((test) => test(span));
}

type Test = (span: StoredSpan) => boolean;

function anyOf(values: readonly string[] | undefined, read: (span: StoredSpan) => unknown): Test | undefined {
  if (values === undefined) return undefined;
  const wanted = new Set<unknown>(values);
  return (span) => wanted.has(read(span));
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** Each name must have the value that is given, or one of those in a list. */
function metadataTest(metadata: SpanSearch["metadata"]): Test | undefined {
  if (metadata === undefined) return undefined;
  const wanted = Object.entries(metadata).map(([name, value]) => {
    const values = [value, ...(Array.isArray(value) ? (value as unknown[]) : [])].map(canonicalEncode);
    return [name, new Set(values)] as const;
  });
  return ({ data = {} }) =>
    wanted.every(([name, values]) => Object.hasOwn(data, name) && values.has(canonicalEncode(data[name])));
}

/**
 * All texts must be found, each in any field: words whole in input, output or data, and anywhere in the name; what is no
 * plain words anywhere. What looks like a UUID is a trace's id instead, and one of those is enough.
 */
function textTest(texts: readonly string[] | undefined): Test | undefined {
  if (texts === undefined) return undefined;
  const ids = new Set(texts.filter((text) => UUID.test(text)).map((text) => text.toLowerCase()));
  const terms = texts.filter((text) => !UUID.test(text)).map(termOf);
  return (span) => {
    if (ids.has(span.traceId.toLowerCase())) return true;
    if (terms.length === 0) return false;
    const name = span.name.toLowerCase();
    const fields = [span.input, span.output, span.data].map((value) => textsIn(value));
    return terms.every(
      (term) => name.includes(term.text) || fields.some((field) => field.some((text) => includes(text, term))),
    );
  };
}

interface Term {
  readonly text: string;
  /** Letters and digits before and after would make other words of it. */
  readonly isWhole: boolean;
}

function termOf(text: string): Term {
  const quoted = /^\s*"((?:[^"\\]|\\.)*)"\s*$/.exec(text)?.[1];
  const folded = (quoted === undefined ? text : quoted.replace(/\\(.)/g, "$1")).toLowerCase();
  return { text: folded, isWhole: WORDS.test(folded) };
}

function includes(text: string, { text: term, isWhole }: Term): boolean {
  for (let at = text.indexOf(term); at !== -1; at = text.indexOf(term, at + 1)) {
    if (!isWhole || (!isWordAt(text, at - 1) && !isWordAt(text, at + term.length))) return true;
  }
  return false;
}

function isWordAt(text: string, at: number): boolean {
  return /[a-z0-9]/.test(text.charAt(at));
}

/** All that is said in a value, its names too, in small letters. */
function textsIn(value: unknown, depth = 0): readonly string[] {
  if (typeof value === "string") return [value.toLowerCase()];
  if (typeof value === "number" || typeof value === "boolean") return [String(value)];
  if (typeof value !== "object" || value === null || depth > MAX_TEXT_DEPTH) return [];
  if (Array.isArray(value)) return value.flatMap((item) => textsIn(item, depth + 1));
  return Object.entries(value).flatMap(([name, item]) => [name.toLowerCase(), ...textsIn(item, depth + 1)]);
}
