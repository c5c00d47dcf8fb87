/** Which spans are plain enough that a frame of short strings around their payloads is their item: see `item-text.ts`. */
import { MAX_ID_BYTES } from "@everspan/protocol";
import { isObjectNode, type JsonNode } from "../../capture/index.ts";
import type { SpanRecord } from "../../delivery/record/span-record.ts";

/** Takes no escape, and no look at how many bytes it has. */
const PLAIN_ID = /^[\x21\x23-\x5b\x5d-\x7e]+$/;
const MAX_ID_CHARACTERS = Math.floor(MAX_ID_BYTES / 3);
/** The centuries in which text order is time order. */
const EARLIEST_MICROS = Date.UTC(1700, 0, 1) * 1000;
const LATEST_MICROS = Date.UTC(2200, 0, 1) * 1000;

/** Whether a frame around its payloads says all of a record. */
export function isFramed(record: SpanRecord): boolean {
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
  return payload === undefined || isObjectNode(payload);
}
