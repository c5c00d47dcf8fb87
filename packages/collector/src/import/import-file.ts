/** One file into a target: recognised, decoded, written in batches, resumed where an earlier attempt stopped. */
import { basename } from "node:path";
import { OTEL_FIELDS_KEY, PIECES_KEY, type SpanSnapshot } from "@everspan/protocol";
import { openDecoder } from "./decode-file.ts";
import type { ImportRecord } from "./import-record.ts";
import { type ImportOrder, type ImportTarget, SpansRefusedError } from "./import-target.ts";
import { type OnRead, readUnits } from "./read-units.ts";

/** Spans of one write, and bytes of the file that they may have come of. */
const BATCH_SPANS = 500;
const BATCH_BYTES = 8 * 1024 * 1024;
const MAX_PROBLEMS = 20;
const MAX_TRACES_NAMED = 20;

export interface ImportReport {
  readonly format: string;
  /** Spans that were written. */
  readonly spans: number;
  /** Of them: those that changed what is stored. */
  readonly changed: number;
  /** Values and spans that were not taken; the first of the reasons are in `problems`. */
  readonly refused: number;
  readonly problems: readonly string[];
  /** Spans of an earlier attempt that were passed over. */
  readonly resumedAt: number;
  /** Values that are no part of a span, by their kind. */
  readonly leftOut: ReadonlyMap<string, number>;
  /** The first traces of the file. */
  readonly traceIds: readonly string[];
}

export interface ImportOptions {
  readonly path: string;
  readonly target: ImportTarget;
  readonly record: ImportRecord;
  readonly onRead?: OnRead;
  /** Called after each write with the number of spans until then. */
  readonly onWritten?: (spans: number) => void;
}

/** @throws ImportError: the file can't be read on; Error: the target can't be written to. What was written stays */
export async function importFile({ path, target, record, onRead, onWritten }: ImportOptions): Promise<ImportReport> {
  const decoder = await openDecoder({ name: basename(path) }, await readUnits(path, onRead));
  const from = record.read();
  const batches = new BatchWriter(target);
  const { hasMemory } = decoder.reader;
  const leftOut = new Map<string, number>();
  // A reader with memory needs all values; its spans come in the same order, so those that are there are passed over.
  let toSkip = hasMemory ? from.spans : 0;
  let spans = from.spans;
  for await (const unit of decoder.decode(hasMemory ? 0 : from.units)) {
    const skipped = Math.min(toSkip, unit.snapshots.length);
    toSkip -= skipped;
    const isKnown = hasMemory && skipped > 0;
    if (!isKnown) for (const problem of unit.problems) batches.refuse(problem);
    if (unit.leftOut !== undefined) leftOut.set(unit.leftOut, (leftOut.get(unit.leftOut) ?? 0) + 1);
    if (unit.snapshots.length === skipped) continue;
    const wrote = await batches.add(skipped === 0 ? unit.snapshots : unit.snapshots.slice(skipped));
    spans += unit.snapshots.length - skipped;
    if (!wrote) continue;
    record.write({ units: unit.units, spans });
    onWritten?.(spans);
  }
  await batches.flush();
  record.remove();
  onWritten?.(spans);
  return { format: decoder.format.name, resumedAt: from.spans, leftOut, ...batches.report() };
}

class BatchWriter {
  readonly #target: ImportTarget;
  #waiting: SpanSnapshot[] = [];
  #waitingOrder: ImportOrder = "revision";
  #weight = 0;
  #spans = 0;
  #changed = 0;
  #refused = 0;
  readonly #problems: string[] = [];
  readonly #traceIds = new Set<string>();

  constructor(target: ImportTarget) {
    this.#target = target;
  }

  report(): Pick<ImportReport, "spans" | "changed" | "refused" | "problems" | "traceIds"> {
    return {
      spans: this.#spans,
      changed: this.#changed,
      refused: this.#refused,
      problems: this.#problems,
      traceIds: [...this.#traceIds],
    };
  }

  refuse(problem: string): void {
    this.#refused += 1;
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push(problem);
  }

  /** @returns whether all that was added until now is written */
  async add(snapshots: readonly SpanSnapshot[]): Promise<boolean> {
    for (const snapshot of snapshots) {
      const order = orderOf(snapshot);
      if (order !== this.#waitingOrder || this.#waiting.length >= BATCH_SPANS || this.#weight >= BATCH_BYTES) {
        await this.flush();
      }
      this.#waitingOrder = order;
      this.#waiting.push(snapshot);
      this.#weight += weightOf(snapshot);
      if (this.#traceIds.size < MAX_TRACES_NAMED) this.#traceIds.add(snapshot.traceId);
    }
    if (this.#waiting.length < BATCH_SPANS && this.#weight < BATCH_BYTES) return false;
    await this.flush();
    return true;
  }

  async flush(): Promise<void> {
    const snapshots = this.#waiting;
    this.#waiting = [];
    this.#weight = 0;
    if (snapshots.length > 0) await this.#write(snapshots);
  }

  /** A refused batch is taken apart, so that one span too large costs itself alone. */
  async #write(snapshots: readonly SpanSnapshot[]): Promise<void> {
    try {
      this.#changed += await this.#target.write(snapshots, this.#waitingOrder);
      this.#spans += snapshots.length;
    } catch (error) {
      if (!(error instanceof SpansRefusedError)) throw error;
      if (snapshots.length === 1) {
        this.refuse(`span ${snapshots[0]!.id} of trace ${snapshots[0]!.traceId}: ${error.message}`);
        return;
      }
      const half = snapshots.length >> 1;
      await this.#write(snapshots.slice(0, half));
      await this.#write(snapshots.slice(half));
    }
  }
}

/** Spans of others may come in pieces; those that are numbered are merged by their numbers, whatever the order of imports. */
function orderOf({ data }: SpanSnapshot): ImportOrder {
  if (data === undefined) return "revision";
  return Object.hasOwn(data, PIECES_KEY) || Object.hasOwn(data, OTEL_FIELDS_KEY) ? "pieces" : "revision";
}

const DEEP_ENOUGH = 6;

/** Roughly the bytes of its JSON: texts alone, as deep as payloads have them. */
function weightOf({ input, output, data }: SpanSnapshot): number {
  return 200 + textBytes(input, 0) + textBytes(output, 0) + textBytes(data, 0);
}

function textBytes(value: unknown, depth: number): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null || depth > DEEP_ENOUGH) return 8;
  let bytes = 8;
  for (const item of Array.isArray(value) ? value : Object.values(value)) bytes += textBytes(item, depth + 1);
  return bytes;
}
