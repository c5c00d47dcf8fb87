import type { SpanError } from "@everspan/protocol";
import { cutText, type JsonNode, Retention } from "../../capture/index.ts";
import type { CoreMemory } from "../core/index.ts";
import { shedMarker } from "./shed-marker.ts";
import { ownBytes, payloadBytes, type RecordState, SpanRecord } from "./span-record.ts";

/** A payload below this is not worth a marker; markers themselves are smaller, so shedding ends. */
const MIN_SHED_BYTES = 512;
/** What is kept of an error's message and of its stack; a little more is not worth the cut. */
const HEAD_CHARACTERS = 200;

/** What the queue's records hold in memory: payloads that records share are counted once. */
export class RecordMemory implements CoreMemory<SpanRecord> {
  readonly #retention = new Retention();
  #ownBytes = 0;

  get bytes(): number {
    return this.#ownBytes + this.#retention.bytes;
  }

  hold(record: SpanRecord): void {
    this.#ownBytes += ownBytes(record);
    if (record.input !== undefined) record.input = this.#retention.acquire(record.input);
    if (record.output !== undefined) record.output = this.#retention.acquire(record.output);
    if (record.data !== undefined) this.#retention.acquire(record.data);
  }

  release(record: SpanRecord): void {
    this.#ownBytes -= ownBytes(record);
    if (record.input !== undefined) this.#retention.release(record.input);
    if (record.output !== undefined) this.#retention.release(record.output);
    if (record.data !== undefined) this.#retention.release(record.data);
  }

  /** Makes a held record the next revision of its span. What both revisions hold is not looked at. */
  revise(record: SpanRecord, state: RecordState): void {
    const { input, output, data } = record;
    this.#ownBytes -= ownBytes(record);
    record.revise(state);
    this.#ownBytes += ownBytes(record);
    record.input = this.#inPlaceOf(input, state.input);
    record.output = this.#inPlaceOf(output, state.output);
    record.data = this.#inPlaceOf(data, state.data);
  }

  #inPlaceOf(older: JsonNode | undefined, newer: JsonNode | undefined): JsonNode | undefined {
    if (newer === older) return older;
    // Before the older is let go: what they share stays held.
    const held = newer === undefined ? undefined : this.#retention.acquire(newer);
    if (older !== undefined) this.#retention.release(older);
    return held;
  }

  shed(record: SpanRecord): SpanRecord | undefined {
    const input = shedPayload(record.input);
    const output = shedPayload(record.output);
    const data = shedPayload(record.data);
    const copy = new SpanRecord({ ...record, input, output, data, error: shedError(record.error) });
    if (copy.bytes === record.bytes) return undefined;
    copy.onDisk = record.onDisk;
    return copy;
  }
}

function shedPayload(node: JsonNode | undefined): JsonNode | undefined {
  return payloadBytes(node) < MIN_SHED_BYTES ? node : shedMarker(node as JsonNode);
}

function shedError(error: SpanError | undefined): SpanError | undefined {
  return error && { ...error, message: shedText(error.message), ...(error.stack && { stack: shedText(error.stack) }) };
}

function shedText(text: string): string {
  return text.length < 2 * HEAD_CHARACTERS ? text : cutText(text, HEAD_CHARACTERS);
}
