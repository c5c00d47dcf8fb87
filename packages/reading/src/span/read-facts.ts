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

const FACT_NAMES: readonly (readonly [FactName, readonly string[]])[] = namesOfFacts();
const TAG_NAMES = CONVENTIONS.flatMap((convention) => convention.tags ?? []);
const REPEATS = CONVENTIONS.flatMap((convention) => convention.repeats ?? []);
const PREFIXES = CONVENTIONS.flatMap((convention) => convention.metadataPrefixes ?? []);

function namesOfFacts(): readonly (readonly [FactName, readonly string[]])[] {
  const names = new Map<FactName, string[]>();
  for (const { facts } of CONVENTIONS) {
    for (const [fact, sources] of Object.entries(facts ?? {}) as [FactName, readonly string[]][]) {
      names.set(fact, [...new Set([...(names.get(fact) ?? []), ...sources])]);
    }
  }
  return [...names];
}

export function readFacts(data: Fields): Facts {
  const usages = CONVENTIONS.flatMap((convention) => convention.usage?.(data) ?? []);
  const values: Partial<Record<FactName, string>> = {};
  for (const [fact, names] of FACT_NAMES) {
    const value = takeFact(data, names);
    if (value !== undefined) values[fact] = value;
  }
  const tags = takeTags(data);
  for (const name of REPEATS) data.drop(name);
  return { values, usages, tags };
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
