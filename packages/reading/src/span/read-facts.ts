import type { FactName } from "../conventions/convention.ts";
import { firstText } from "../conventions/gen-ai.ts";
import { CONVENTIONS } from "../conventions/index.ts";
import type { Usage } from "../form/usage.ts";
import type { Fields } from "../json/fields.ts";
import { asRecord, isEmpty, type JsonRecord } from "../json/json-record.ts";
import { parsedIfJson } from "../json/json-text.ts";

/** The facts that a span's data states in the names of any convention. What is read is taken out of the data. */
export interface Facts {
  readonly values: Readonly<Partial<Record<FactName, string>>>;
  readonly usages: readonly Usage[];
  readonly tags: readonly string[];
}

const TAG_NAMES = CONVENTIONS.flatMap((convention) => convention.tags ?? []);
const REPEATS = CONVENTIONS.flatMap((convention) => convention.repeats ?? []);
const PREFIXES = CONVENTIONS.flatMap((convention) => convention.metadataPrefixes ?? []);

/** For each name the facts that it states, with its place among the names of that fact. */
const FACTS_OF_NAME: ReadonlyMap<string, readonly (readonly [FactName, number])[]> = factsOfNames();

function factsOfNames(): ReadonlyMap<string, readonly (readonly [FactName, number])[]> {
  const found = new Map<string, (readonly [FactName, number])[]>();
  const ranks = new Map<FactName, number>();
  for (const { facts } of CONVENTIONS) {
    for (const [fact, names] of Object.entries(facts ?? {}) as [FactName, readonly string[]][]) {
      for (const name of names) {
        const rank = ranks.get(fact) ?? 0;
        ranks.set(fact, rank + 1);
        const of = found.get(name) ?? [];
        if (!of.some(([other]) => other === fact)) found.set(name, [...of, [fact, rank]]);
      }
    }
  }
  return found;
}

const USAGE_HEADS: ReadonlySet<string> = new Set(CONVENTIONS.flatMap((convention) => convention.usageHeads ?? []));
const KNOWN_NAMES: ReadonlySet<string> = new Set([...FACTS_OF_NAME.keys(), ...TAG_NAMES, ...REPEATS]);
const NO_FACTS: Facts = { values: {}, usages: [], tags: [] };

/** Whether data states a fact, perhaps. Most spans that an application records by hand have data of its own only. */
export function mayStateFacts(data: JsonRecord): boolean {
  for (const name in data) if (KNOWN_NAMES.has(name) || USAGE_HEADS.has(headOf(name))) return true;
  return false;
}

export function readFacts(data: Fields): Facts {
  if (!mayStateFacts(data.record)) return NO_FACTS;
  const names = Object.keys(data.record);
  const heads = new Set(names.map(headOf));
  const usages = CONVENTIONS.flatMap(({ usage, usageHeads }) =>
    usageHeads?.some((head) => heads.has(head)) === true ? (usage?.(data) ?? []) : [],
  );
  const values: Partial<Record<FactName, string>> = {};
  for (const [fact, sources] of sourcesOf(names)) {
    const value = takeFact(data, sources);
    if (value !== undefined) values[fact] = value;
  }
  const tags = takeTags(data);
  for (const name of REPEATS) data.drop(name);
  return { values, usages, tags };
}

/** Up to the first dot. */
function headOf(name: string): string {
  const dot = name.indexOf(".");
  return dot === -1 ? name : name.slice(0, dot);
}

/** For each fact the names that are there, the surest first. */
function sourcesOf(names: readonly string[]): ReadonlyMap<FactName, readonly string[]> {
  const ranked = new Map<FactName, { name: string; rank: number }[]>();
  for (const name of names) {
    for (const [fact, rank] of FACTS_OF_NAME.get(name) ?? []) {
      ranked.set(fact, [...(ranked.get(fact) ?? []), { name, rank }]);
    }
  }
  return new Map(
    [...ranked].map(([fact, sources]) => [fact, sources.sort((a, b) => a.rank - b.rank).map(({ name }) => name)]),
  );
}

/** The first of the names that says anything; others are taken when they say the same, and else stay. */
function takeFact(data: Fields, names: readonly string[]): string | undefined {
  let found: string | undefined;
  for (const name of names) {
    if (!data.has(name)) continue;
    const value = firstText(data.peek(name));
    if (value === undefined) continue;
    found ??= value;
    if (value === found) data.take(name);
  }
  return found;
}

function takeTags(data: Fields): readonly string[] {
  const tags = new Set<string>();
  for (const name of TAG_NAMES) {
    const value = parsedIfJson(data.peek(name));
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (isEmpty(value) || !list.every((tag) => typeof tag === "string")) continue;
    data.take(name);
    for (const tag of list) tags.add(tag as string);
  }
  return [...tags];
}

/**
 * The application's own metadata under its own names: `ai.telemetry.metadata.tenant` is `tenant`. A name that two
 * places use keeps its prefix.
 */
export function ownNames(data: JsonRecord | undefined): JsonRecord | undefined {
  if (data === undefined) return undefined;
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(data)) {
    const prefix = PREFIXES.find((start) => name.startsWith(start) && name.length > start.length);
    const short = prefix === undefined ? name : name.slice(prefix.length);
    const isFree = !Object.hasOwn(data, short) && !Object.hasOwn(result, short);
    Object.defineProperty(result, prefix !== undefined && isFree ? short : name, {
      value: parsedIfJson(value),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return result;
}

/** `metadata` as one JSON text (OpenInference): its session and user count when nothing else says them. */
export function metadataOf(data: Fields): JsonRecord | undefined {
  return asRecord(parsedIfJson(data.peek("metadata")));
}
