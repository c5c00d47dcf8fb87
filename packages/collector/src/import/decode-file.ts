/** From units to spans: which format a file has, and what its values mean; what is wrong with one costs that one. */
import { parseJsonNumbers, type SpanSnapshot } from "@everspan/protocol";
import { scanJson } from "../ingest/json-scan.ts";
import { MAX_OTLP_JSON_DEPTH, MAX_OTLP_JSON_NODES } from "../limits.ts";
import { JSON_FORMATS, PROTOBUF_FORMAT } from "./formats.ts";
import {
  type FileFacts,
  type FormatReader,
  type ImportFormat,
  isRecord,
  kindOf,
  type UnitSpans,
} from "./import-format.ts";
import type { UnitsOfFile } from "./read-units.ts";
import { ImportError, type Unit } from "./unit.ts";

/** What came of one unit. */
export interface DecodedUnit {
  /** The next unit's number: all before it is told. */
  readonly units: number;
  readonly snapshots: readonly SpanSnapshot[];
  /** With the line. */
  readonly problems: readonly string[];
  readonly leftOut?: string;
}

/** Values at the beginning that no format knows, as bookkeeping lines of a session are. */
const MAX_UNKNOWN_HEAD = 200;
const MAX_NAMES_SHOWN = 6;

export interface FileDecoder {
  readonly format: ImportFormat;
  readonly reader: FormatReader;
  /** @param from the first unit that is read; those before it were imported already */
  decode(from: number): AsyncIterable<DecodedUnit>;
}

/** Looks into the file as far as is needed to know its format. @throws ImportError that says what was expected */
export async function openDecoder(file: FileFacts, { form, units }: UnitsOfFile): Promise<FileDecoder> {
  const source = units[Symbol.asyncIterator]();
  const head: Unit[] = [];
  let format: ImportFormat | undefined = form === "protobuf" ? PROTOBUF_FORMAT : undefined;
  let first: { readonly value: unknown; readonly unit: Unit } | undefined;
  while (format === undefined && head.length < MAX_UNKNOWN_HEAD) {
    const { value: unit, done } = await source.next();
    if (done === true) break;
    head.push(unit);
    const value = parsed(unit);
    first ??= { value, unit };
    if (isRecord(value)) format = JSON_FORMATS.find(({ recognises }) => recognises(value, unit));
  }
  if (format === undefined) throw unknownFormat(first);
  const reader = format.open(file);
  const decode = (from: number) => decodeUnits({ head, source, reader, isText: form !== "protobuf", from });
  return { format, reader, decode };
}

interface Decoding {
  readonly head: readonly Unit[];
  readonly source: AsyncIterator<Unit>;
  readonly reader: FormatReader;
  readonly isText: boolean;
  readonly from: number;
}

async function* decodeUnits({ head, source, reader, isText, from }: Decoding): AsyncGenerator<DecodedUnit> {
  let units = 0;
  const decode = (unit: Unit): DecodedUnit => {
    units = unit.number + 1;
    return located(units, unit, decodeUnit(reader, unit, isText));
  };
  for (const unit of head) if (unit.number >= from) yield decode(unit);
  for (let next = await source.next(); next.done !== true; next = await source.next()) {
    if (next.value.number >= from) yield decode(next.value);
  }
  const last = reader.end?.();
  if (last !== undefined) yield { units, snapshots: last.snapshots, problems: last.problems ?? [] };
}

function decodeUnit(reader: FormatReader, unit: Unit, isText: boolean): UnitSpans {
  try {
    return reader.read(isText ? parse(unit.bytes, reader.prepare) : undefined, unit);
  } catch (error) {
    if (error instanceof UnreadableError) return { snapshots: [], problems: [error.message] };
    throw error;
  }
}

function located(units: number, { line }: Unit, { snapshots, problems = [], leftOut }: UnitSpans): DecodedUnit {
  return {
    units,
    snapshots,
    problems: problems.map((problem) => `line ${line}: ${problem}`),
    ...(leftOut !== undefined && { leftOut }),
  };
}

/** A value that is no JSON, or more than this process should hold. */
class UnreadableError extends Error {}

/** @throws UnreadableError */
function parse(bytes: Buffer, prepare?: (text: string) => string): unknown {
  const finding = scanJson(bytes, MAX_OTLP_JSON_DEPTH, MAX_OTLP_JSON_NODES);
  if (finding !== undefined) throw new UnreadableError(`the JSON is beyond a bound: ${finding}`);
  try {
    const text = bytes.toString("utf8");
    return parseJsonNumbers(prepare === undefined ? text : prepare(text));
  } catch (error) {
    throw new UnreadableError(`expected JSON: ${(error as Error).message}`);
  }
}

function parsed({ bytes }: Unit): unknown {
  try {
    return parse(bytes);
  } catch {
    return undefined;
  }
}

function unknownFormat(first: { readonly value: unknown; readonly unit: Unit } | undefined): ImportError {
  if (first === undefined) return new ImportError(undefined, "the file holds no value");
  const { value, unit } = first;
  const expected = JSON_FORMATS.map(({ name, looks }) => `${name} ${looks}`).join("; ");
  return new ImportError(unit.line, `no known format: got ${describe(value, unit)}; expected one of: ${expected}`);
}

function describe(value: unknown, unit: Unit): string {
  if (value === undefined) return "text that is no JSON";
  if (!isRecord(value)) return kindOf(value);
  const names = Object.keys(value);
  const shown = names.slice(0, MAX_NAMES_SHOWN).map((name) => JSON.stringify(name.slice(0, 40)));
  const where = unit.under === undefined ? "" : ` under ${JSON.stringify(unit.under)}`;
  const more = names.length > MAX_NAMES_SHOWN ? ", …" : "";
  return `an object${where} with the fields ${shown.join(", ")}${more}`;
}
