/** The rows of one write: its spans with the blobs of their traces, each blob once. */
import { BoundedMap, type SpanSnapshot } from "@everspan/protocol";
import type { Pricing } from "../../cost/pricing.ts";
import { PayloadSplitter } from "../payload-blobs.ts";
import type { Block } from "./block-queue.ts";
import { spanLine, wellFormed } from "./span-rows.ts";
import { type FirstSaid, wordsOfSpan } from "./span-words.ts";

/** Blobs that this collector remembers to have stored, so that a history which is sent again costs what is new. */
const MAX_STORED_NAMES = 500_000;
/** After which a name is stored again: by then the trace may have been deleted, and begun anew, by another collector. */
const MAX_NAME_AGE_MS = 3_600_000;

export class StoredNames {
  #storedAtMs = new BoundedMap<number>(MAX_STORED_NAMES);

  has(key: string, nowMs: number): boolean {
    const storedAtMs = this.#storedAtMs.get(key);
    return storedAtMs !== undefined && nowMs - storedAtMs < MAX_NAME_AGE_MS;
  }

  add(keys: Iterable<string>, nowMs: number): void {
    for (const key of keys) this.#storedAtMs.set(key, nowMs);
  }

  /** After a deletion here. */
  clear(): void {
    this.#storedAtMs = new BoundedMap(MAX_STORED_NAMES);
  }
}

export interface BatchContext {
  readonly project: string;
  readonly arrived: number;
  readonly nowMs: number;
  readonly pricing: Pricing;
  readonly stored: StoredNames;
  readonly said: FirstSaid;
  readonly producerOf: (snapshot: SpanSnapshot) => string;
}

export interface SpanBatch {
  readonly block: Block;
  /** For `StoredNames`, when the block is stored. */
  readonly names: readonly string[];
}

/** @throws SpanRefusedError */
export function spanBatch(snapshots: readonly SpanSnapshot[], context: BatchContext): SpanBatch {
  const { project, arrived, pricing, said, producerOf } = context;
  const traces = new Map<string, TraceBlobs>();
  const spans = snapshots.map((snapshot) => {
    const traceId = wellFormed(snapshot.traceId);
    const blobs = traces.get(traceId) ?? new TraceBlobs(traceId, context);
    traces.set(traceId, blobs);
    return spanLine(snapshot, {
      project,
      arrived,
      producer: producerOf(snapshot),
      splitter: blobs.splitter,
      pricing,
      words: (of, columns) => wordsOfSpan(of, columns, blobs.contents, said, project),
    });
  });
  const touches = Array.from(traces.keys(), (traceId) => JSON.stringify({ project, trace_id: traceId }));
  const all = [...traces.values()];
  return {
    block: { blobs: all.flatMap((blobs) => blobs.lines), spans, touches },
    names: all.flatMap((blobs) => blobs.names),
  };
}

class TraceBlobs {
  readonly splitter = new PayloadSplitter({ put: (name, content) => this.#put(name, content) });
  readonly contents = new Map<string, string>();
  readonly lines: string[] = [];
  readonly names: string[] = [];
  readonly #traceId: string;
  readonly #context: BatchContext;

  constructor(traceId: string, context: BatchContext) {
    this.#traceId = traceId;
    this.#context = context;
  }

  #put(hash: Buffer, content: string): bigint {
    const number = BigInt(`0x${hash.toString("hex")}`);
    const name = number.toString();
    if (this.contents.has(name)) return number;
    this.contents.set(name, content);
    const { project, arrived, stored, nowMs } = this.#context;
    const key = `${project}\0${this.#traceId}\0${name}`;
    if (!stored.has(key, nowMs)) {
      this.lines.push(JSON.stringify({ project, trace_id: this.#traceId, name, arrived, content }));
      this.names.push(key);
    }
    return number;
  }
}
