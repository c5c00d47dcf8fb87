/**
 * The item of a plain span as text, straight from its record: for most spans of most applications an item is a frame
 * around a few short strings. The same JSON as that of `toSgpItem`, without the snapshot and the item.
 */
import { formatTimestamp, MAX_ID_BYTES, toSgpItem } from "@everspan/protocol";
import { type JsonNode, ObjectNode } from "../../capture/index.ts";
import type { SpanRecord } from "../../delivery/record/span-record.ts";
import { MAX_NODE_TEXT_BYTES, NodeText } from "../../encoding/node-text.ts";

/** Takes no escape, and no look at how many bytes it has. */
const PLAIN_ID = /^[\x21\x23-\x5b\x5d-\x7e]+$/;
const MAX_ID_CHARACTERS = Math.floor(MAX_ID_BYTES / 3);
/** The centuries in which text order is time order. */
const EARLIEST_MICROS = Date.UTC(1700, 0, 1) * 1000;
const LATEST_MICROS = Date.UTC(2200, 0, 1) * 1000;

interface MetadataText {
  readonly revision: number;
  readonly service: SpanRecord["service"];
  readonly text: string;
  readonly isAscii: boolean;
}

export class ItemText {
  readonly #nodes = new NodeText();
  readonly #metadata: { started?: MetadataText; ended?: MetadataText } = {};

  /** Whether the last text is ASCII. */
  get isAscii(): boolean {
    return this.#nodes.isAscii;
  }

  /** Undefined for a span of which there is more to say, or to check, than a frame holds. */
  of(record: SpanRecord): string | undefined {
    if (!isPlain(record)) return undefined;
    const { parentId, taskId, startMicros, endMicros, input, output } = record;
    const nodes = this.#nodes;
    nodes.isAscii = true;
    const parent = parentId === undefined ? "" : `,"parent_id":"${parentId}"`;
    const group = taskId === undefined ? "" : `,"group_id":"${taskId}"`;
    const end = endMicros === undefined ? "" : `,"end_timestamp":"${formatTimestamp(endMicros)}"`;
    const payloads =
      (input === undefined ? "" : `,"input":${nodes.of(input)}`) +
      (output === undefined ? "" : `,"output":${nodes.of(output)}`);
    return `{"id":"${record.id}","trace_id":"${record.traceId}"${parent}${group},"name":${nodes.string(record.name)},"type":"${record.type}","status":"SUCCESS","start_timestamp":"${formatTimestamp(startMicros)}"${end}${payloads},"metadata":${this.#metadataOf(record)}}`;
  }

  /** The spans of one process share it. */
  #metadataOf(record: SpanRecord): string {
    const { phase, revision, service } = record;
    let known = this.#metadata[phase];
    if (known === undefined || known.revision !== revision || known.service !== service) {
      const nodes = new NodeText();
      const text = JSON.stringify(toSgpItem(record.toSnapshot()).metadata);
      nodes.string(text);
      known = { revision, service, text, isAscii: nodes.isAscii };
      this.#metadata[phase] = known;
    }
    if (!known.isAscii) this.#nodes.isAscii = false;
    return known.text;
  }
}

function isPlain(record: SpanRecord): boolean {
  const { id, traceId, parentId, taskId, status, error, data, obs, startMicros, endMicros = startMicros } = record;
  return (
    status === "OK" &&
    error === undefined &&
    data === undefined &&
    obs === undefined &&
    startMicros >= EARLIEST_MICROS &&
    endMicros >= startMicros &&
    endMicros < LATEST_MICROS &&
    isPlainId(id) &&
    isPlainId(traceId) &&
    (parentId === undefined || isPlainId(parentId)) &&
    (taskId === undefined || isPlainId(taskId)) &&
    isPlainPayload(record.input) &&
    isPlainPayload(record.output)
  );
}

function isPlainId(id: string): boolean {
  return id.length <= MAX_ID_CHARACTERS && PLAIN_ID.test(id);
}

/** What is no object is wrapped, and marked as wrapped. */
function isPlainPayload(payload: JsonNode | undefined): boolean {
  return payload === undefined || (payload instanceof ObjectNode && payload.bytes <= MAX_NODE_TEXT_BYTES);
}
