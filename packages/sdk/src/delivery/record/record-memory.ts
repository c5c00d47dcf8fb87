import { type JsonNode, Retention } from "../../capture/index.ts";
import type { CoreMemory } from "../core/index.ts";
import { shedMarker } from "./shed-marker.ts";
import { payloadBytes, SpanRecord } from "./span-record.ts";

/** A record's own objects, whatever its payload. */
const RECORD_OVERHEAD_BYTES = 512;
/** A payload below this is not worth a marker; markers themselves are smaller, so shedding ends. */
const MIN_SHED_BYTES = 512;

/** What the queue's records hold in memory: payloads that records share are counted once. */
export class RecordMemory implements CoreMemory<SpanRecord> {
  readonly #retention = new Retention();
  #records = 0;

  get bytes(): number {
    return this.#records * RECORD_OVERHEAD_BYTES + this.#retention.bytes;
  }

  hold(record: SpanRecord): void {
    this.#records += 1;
    if (record.input !== undefined) record.input = this.#retention.acquire(record.input);
    if (record.output !== undefined) record.output = this.#retention.acquire(record.output);
    if (record.data !== undefined) this.#retention.acquire(record.data);
  }

  release(record: SpanRecord): void {
    this.#records -= 1;
    if (record.input !== undefined) this.#retention.release(record.input);
    if (record.output !== undefined) this.#retention.release(record.output);
    if (record.data !== undefined) this.#retention.release(record.data);
  }

  shed(record: SpanRecord): SpanRecord | undefined {
    const input = shedPayload(record.input);
    const output = shedPayload(record.output);
    const data = shedPayload(record.data);
    if (input === record.input && output === record.output && data === record.data) return undefined;
    const copy = new SpanRecord({ ...record, input, output, data });
    copy.onDisk = record.onDisk;
    return copy;
  }
}

function shedPayload(node: JsonNode | undefined): JsonNode | undefined {
  return payloadBytes(node) < MIN_SHED_BYTES ? node : shedMarker(node as JsonNode);
}
