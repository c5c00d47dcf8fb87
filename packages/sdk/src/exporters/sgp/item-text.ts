/**
 * The item of a plain span as text, straight from its record: a frame of a few short strings around the payloads. The
 * same JSON as that of `toSgpItem`, without the snapshot and the item.
 */
import { formatTimestamp, toSgpItem } from "@everspan/protocol";
import { bytesOf, type JsonNode } from "../../capture/index.ts";
import type { SpanRecord } from "../../delivery/record/span-record.ts";
import type { BodyWriter } from "../../encoding/body-writer.ts";
import { type JsonEncoder, SLICE_BYTES, type Steps } from "../../encoding/json-encoder.ts";
import { MAX_NODE_TEXT_BYTES, NodeText } from "../../encoding/node-text.ts";
import { NodeWriter } from "../../encoding/node-writer.ts";
import { isFramed } from "./framed.ts";

const INPUT = ',"input":';
const OUTPUT = ',"output":';
interface MetadataText {
  readonly revision: number;
  readonly service: SpanRecord["service"];
  readonly text: string;
  readonly isAscii: boolean;
}

export class ItemText {
  readonly #nodes = new NodeText();
  readonly #writer: NodeWriter;
  readonly #metadata: { started?: MetadataText; ended?: MetadataText } = {};

  constructor(encoder: JsonEncoder) {
    this.#writer = new NodeWriter(encoder);
  }

  /** Whether the last text is ASCII. */
  get isAscii(): boolean {
    return this.#nodes.isAscii;
  }

  /** All of it, for small payloads. Undefined where there is more to say, or to check, than a frame holds. */
  of(record: SpanRecord): string | undefined {
    if (!isSmall(record.input) || !isSmall(record.output) || !isFramed(record)) return undefined;
    const { input, output } = record;
    const nodes = this.#nodes;
    nodes.isAscii = true;
    let text = this.#head(record);
    if (input !== undefined) text += INPUT + nodes.of(input);
    if (output !== undefined) text += OUTPUT + nodes.of(output);
    return text + this.#tail(record);
  }

  /** Writes the same for payloads of any size, of a record that is framed; gives the steps for what no slice holds. */
  write(record: SpanRecord, out: BodyWriter): Steps | undefined {
    this.#nodes.isAscii = true;
    out.text(this.#head(record), this.#nodes.isAscii);
    const steps = this.#payload(INPUT, record.input, out);
    if (steps !== undefined || out.work >= SLICE_BYTES) return this.#afterInput(steps, record, out);
    const more = this.#payload(OUTPUT, record.output, out);
    return more === undefined ? this.#writeTail(record, out) : this.#afterOutput(more, record, out);
  }

  *#afterInput(begun: Steps | undefined, record: SpanRecord, out: BodyWriter): Steps {
    if (begun !== undefined) yield* begun;
    if (out.work >= SLICE_BYTES) yield;
    yield* this.#afterOutput(this.#payload(OUTPUT, record.output, out), record, out);
  }

  *#afterOutput(begun: Steps | undefined, record: SpanRecord, out: BodyWriter): Steps {
    if (begun !== undefined) yield* begun;
    this.#writeTail(record, out);
  }

  #writeTail(record: SpanRecord, out: BodyWriter): undefined {
    this.#nodes.isAscii = true;
    out.text(this.#tail(record), this.#nodes.isAscii);
  }

  #payload(name: string, payload: JsonNode | undefined, out: BodyWriter): Steps | undefined {
    if (payload === undefined) return undefined;
    out.text(name, true);
    return this.#writer.write(payload, out);
  }

  #head({ id, traceId, parentId, taskId, name, type, startMicros, endMicros }: SpanRecord): string {
    const parent = parentId === undefined ? "" : `,"parent_id":"${parentId}"`;
    const group = taskId === undefined ? "" : `,"group_id":"${taskId}"`;
    const end = endMicros === undefined ? "" : `,"end_timestamp":"${formatTimestamp(endMicros)}"`;
    const named = `"name":${this.#nodes.string(name)},"type":"${type}"`;
    const start = `"start_timestamp":"${formatTimestamp(startMicros)}"`;
    return `{"id":"${id}","trace_id":"${traceId}"${parent}${group},${named},"status":"SUCCESS",${start}${end}`;
  }

  #tail(record: SpanRecord): string {
    return `,"metadata":${this.#metadataOf(record)}}`;
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

function isSmall(payload: JsonNode | undefined): boolean {
  return payload === undefined || bytesOf(payload) <= MAX_NODE_TEXT_BYTES;
}
