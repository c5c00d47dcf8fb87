/**
 * The filter's grammar: `status:error service:support cost:>0.5 "words"`. Terms are joined by "and"; what is no term is
 * text that is looked for. A term whose key is not known is text too, so nothing typed is ever an error.
 */

export interface FilterTerm {
  readonly key: FilterKey;
  readonly operator: ":" | ">" | "<";
  readonly value: string;
}

export interface RunFilter {
  readonly terms: readonly FilterTerm[];
  /** What stands outside of terms. */
  readonly text: string;
  /** As `GET /api/traces` takes it. */
  readonly query: Readonly<Record<string, string>>;
}

interface FilterKeyInfo {
  /** For completion. */
  readonly says: string;
  /** Values to choose from; absent: they are the collector's to know. */
  readonly values?: readonly string[];
  readonly toQuery: (value: string, operator: FilterTerm["operator"]) => Readonly<Record<string, string>>;
}

const asIs = (name: string) => (value: string) => ({ [name]: value });

const between =
  (name: string, read: (value: string) => number | undefined) =>
  (value: string, operator: FilterTerm["operator"]): Readonly<Record<string, string>> => {
    const number = read(value);
    if (number === undefined) return {};
    return { [`${operator === "<" ? "max" : "min"}${name}`]: String(number) };
  };

const STATUSES = ["error", "ok", "canceled", "running", "partial", "stalled", "lost", "unended", "interrupted"];

const FILTER_KEYS = {
  status: { says: "how it ended", values: STATUSES, toQuery: (value) => ({ status: value.toUpperCase() }) },
  service: { says: "who ran it", toQuery: asIs("service") },
  model: { says: "a model it called", toQuery: asIs("model") },
  tool: { says: "a tool it called", toQuery: asIs("tool") },
  type: { says: "a type of span in it", toQuery: (value) => ({ type: value.toUpperCase() }) },
  user: { says: "for whom it ran", toQuery: asIs("user") },
  session: { says: "the conversation it is part of", toQuery: asIs("session") },
  errorType: { says: "what a span of it failed with", toQuery: asIs("errorType") },
  environment: { says: "where it ran", toQuery: asIs("environment") },
  name: { says: "what it is called, whole", toQuery: asIs("name") },
  tag: { says: "a tag it carries", toQuery: asIs("tag") },
  duration: { says: "longer or shorter than, e.g. duration:>5s", toQuery: between("DurationMs", durationMs) },
  cost: { says: "dearer or cheaper than, e.g. cost:>0.5", toQuery: between("CostUsd", amount) },
  tokens: { says: "more or fewer than, e.g. tokens:>10k", toQuery: between("Tokens", amount) },
  from: { says: "began at or after an instant", toQuery: asIs("from") },
  to: { says: "began before an instant", toQuery: asIs("to") },
} as const satisfies Readonly<Record<string, FilterKeyInfo>>;

export type FilterKey = keyof typeof FILTER_KEYS;

/** The keys as one list of one type. */
export const FILTER_INFO: Readonly<Record<FilterKey, FilterKeyInfo>> = FILTER_KEYS;

/** In any case. */
export function filterKeyOf(text: string): FilterKey | undefined {
  const wanted = text.toLowerCase();
  return (Object.keys(FILTER_KEYS) as FilterKey[]).find((key) => key.toLowerCase() === wanted);
}

export function readFilter(text: string): RunFilter {
  const terms: FilterTerm[] = [];
  const words: string[] = [];
  for (const word of splitWords(text)) {
    const term = readTerm(word);
    if (term === undefined) words.push(unquoted(word));
    else if (term.value !== "") terms.push(term);
  }
  const rest = words.join(" ");
  const query: Record<string, string> = rest === "" ? {} : { q: rest };
  for (const { key, operator, value } of terms) Object.assign(query, FILTER_INFO[key].toQuery(value, operator));
  return { terms, text: rest, query };
}

/** The same filter with one more term, or with another value for a key that stands once. */
export function withTerm(text: string, key: FilterKey, value: string): string {
  const kept = splitWords(text).filter((word) => readTerm(word)?.key !== key);
  return [...kept, `${key}:${quoted(value)}`].join(" ");
}

export function withoutKey(text: string, key: FilterKey): string {
  return splitWords(text)
    .filter((word) => readTerm(word)?.key !== key)
    .join(" ");
}

export function termValue(text: string, key: FilterKey): string | undefined {
  return readFilter(text).terms.find((term) => term.key === key)?.value;
}

/** At white space, but not within quotes. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word = "";
  let isQuoted = false;
  for (const character of text) {
    if (character === '"') isQuoted = !isQuoted;
    if (!isQuoted && /\s/.test(character)) {
      if (word !== "") words.push(word);
      word = "";
    } else {
      word += character;
    }
  }
  if (word !== "") words.push(word);
  return words;
}

function readTerm(word: string): FilterTerm | undefined {
  const colon = word.indexOf(":");
  if (colon <= 0) return undefined;
  const key = filterKeyOf(word.slice(0, colon));
  if (key === undefined) return undefined;
  const rest = word.slice(colon + 1);
  const operator = rest.startsWith(">") ? ">" : rest.startsWith("<") ? "<" : ":";
  return { key, operator, value: unquoted(operator === ":" ? rest : rest.slice(1)) };
}

function unquoted(word: string): string {
  return word.replaceAll('"', "");
}

export function quoted(value: string): string {
  return /\s/.test(value) ? `"${value.replaceAll('"', "")}"` : value;
}

/** `0.5`, `$0.5`, `10k`, `2M`. */
function amount(value: string): number | undefined {
  const number = Number.parseFloat(value.replace(/^\$/, ""));
  if (!Number.isFinite(number)) return undefined;
  return number * (/k$/i.test(value) ? 1000 : /m$/i.test(value) ? 1_000_000 : 1);
}

/** `300ms`, `5s`, `2m`, `1h`; a bare number is seconds. */
function durationMs(value: string): number | undefined {
  const number = Number.parseFloat(value);
  if (!Number.isFinite(number)) return undefined;
  const unit = /(?<![a-z])[a-z]+$/i.exec(value)?.[0].toLowerCase() ?? "s";
  return number * (unit === "ms" ? 1 : unit === "m" || unit === "min" ? 60_000 : unit === "h" ? 3_600_000 : 1000);
}
