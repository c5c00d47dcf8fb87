/** What a file format is to the import: how it is known, and what its values mean. */
import { isNumberText, type SpanSnapshot } from "@everspan/protocol";
import type { Unit } from "./unit.ts";

export type JsonRecord = Readonly<Record<string, unknown>>;

export interface ImportFormat {
  /** e.g. `OTLP JSON`, as it is shown. */
  readonly name: string;
  /** What a value of it looks like, for the message that nothing fits. */
  readonly looks: string;
  /** Whether a value is of this format. A file has one format: the first value that any recognises decides. */
  readonly recognises: (value: JsonRecord, unit: Unit) => boolean;
  readonly open: (file: FileFacts) => FormatReader;
}

export interface FileFacts {
  /** The file's name without its folder. */
  readonly name: string;
}

export interface FormatReader {
  /** What one value means depends on those before it: a resumed import reads the file from its beginning. */
  readonly hasMemory: boolean;
  /** Changes a value's text before it is parsed. */
  readonly prepare?: (text: string) => string;
  /** @param value parsed JSON; undefined: the unit's bytes are protobuf */
  read(value: unknown, unit: Unit): UnitSpans;
  /** What stands at the end of the file. */
  end?(): UnitSpans;
}

export interface UnitSpans {
  readonly snapshots: readonly SpanSnapshot[];
  /** What of it could not be taken, in sentences that name the field. */
  readonly problems?: readonly string[];
  /** A kind of value that is no span and no part of one: counted, and told at the end. */
  readonly leftOut?: string;
}

export const NOTHING: UnitSpans = { snapshots: [] };

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isNumberText(value);
}

/** The list under a name; of anything else there none. */
export function listAt(value: unknown, name: string): readonly unknown[] {
  const list = isRecord(value) ? value[name] : undefined;
  return Array.isArray(list) ? list : [];
}

export function textAt(value: unknown, ...names: readonly string[]): string | undefined {
  if (!isRecord(value)) return undefined;
  for (const name of names) {
    const text = Object.hasOwn(value, name) ? value[name] : undefined;
    if (typeof text === "string" && text !== "") return text;
  }
  return undefined;
}

/** What kind of value it is, in words. */
export function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** Decodes items one by one: those that are refused become problems. */
export function decodeAll<Item>(
  items: readonly Item[],
  decode: (item: Item) => { ok: true; snapshot: SpanSnapshot } | { ok: false; message: string },
): UnitSpans {
  const snapshots: SpanSnapshot[] = [];
  const problems: string[] = [];
  for (const [index, item] of items.entries()) {
    const decoded = decode(item);
    if (decoded.ok) snapshots.push(decoded.snapshot);
    else problems.push(items.length === 1 ? decoded.message : `[${index}]: ${decoded.message}`);
  }
  return { snapshots, problems };
}
