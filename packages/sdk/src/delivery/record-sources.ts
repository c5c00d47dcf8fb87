/**
 * What exporters make their bodies from. Large records are looked at here, in turns of the event loop, and made plain for
 * exporters that need a snapshot of them: as many small values as one payload may hold take tens of milliseconds.
 */
import type { SpanSnapshot } from "@everspan/protocol";
import { type JsonNode, toJson } from "../capture/index.ts";
import { toJsonSteps } from "../capture/to-json-steps.ts";
import { countedSteps } from "../contract/in-background.ts";
import type { SpanExporter } from "../contract/span-exporter.ts";
import { sliceTurn } from "../encoding/slice-turns.ts";
import { ofOurs } from "../exporters/backend/export-batch.ts";
import type { RecordSource } from "../exporters/backend/sender.ts";
import { isLargeRecord, lookAtLarge } from "../redaction/large-payloads.ts";
import type { Redactor } from "../redaction/redactor.ts";
import type { SpanRecord } from "./record/span-record.ts";
import { sourcesOf } from "./sources.ts";

/** Resolves later only when a record is large. Never rejects; ends early when the attempt was aborted. */
export function recordSources(
  exporter: SpanExporter,
  records: readonly SpanRecord[],
  redactor: Redactor | undefined,
  signal: AbortSignal,
): readonly RecordSource[] | Promise<readonly RecordSource[]> {
  const sources = sourcesOf(records, redactor);
  return records.some(isLargeRecord) ? withLarge(exporter, records, sources, redactor, signal) : sources;
}

async function withLarge(
  exporter: SpanExporter,
  records: readonly SpanRecord[],
  sources: readonly RecordSource[],
  redactor: Redactor | undefined,
  signal: AbortSignal,
): Promise<readonly RecordSource[]> {
  if (redactor !== undefined) await lookAtLarge(records, redactor, signal);
  const prepared = sources.slice();
  for (const [position, record] of records.entries()) {
    if (signal.aborted) break;
    if (!isLargeRecord(record)) continue;
    const clean = sources[position]!.toRecord();
    if (await ofOurs(exporter)?.writesAsIs(clean)) continue;
    const source = new PreparedSource(clean);
    for (const _ of countedSteps(source.prepare())) {
      await sliceTurn();
      if (signal.aborted) break;
    }
    prepared[position] = source;
  }
  return prepared;
}

/** A record whose payloads have their plain form already, until a snapshot is made of it. */
class PreparedSource implements RecordSource {
  readonly #record: SpanRecord;
  readonly #plain = new Map<JsonNode, unknown>();

  constructor(record: SpanRecord) {
    this.#record = record;
  }

  *prepare(): Generator<void, void> {
    for (const payload of [this.#record.input, this.#record.output, this.#record.data]) {
      if (payload === undefined) continue;
      this.#plain.set(payload, yield* toJsonSteps(payload));
      yield;
    }
  }

  /** The record in all but how its snapshot is made. */
  toRecord(): SpanRecord {
    return Object.create(this.#record, { toSnapshot: { value: () => this.#toSnapshot() } }) as SpanRecord;
  }

  #toSnapshot(): SpanSnapshot {
    const plain = new Map(this.#plain);
    // A sender that makes each snapshot when its turn comes drops it right after: so must this.
    this.#plain.clear();
    return this.#record.toSnapshot((payload) => (plain.has(payload) ? plain.get(payload) : toJson(payload)));
  }
}
