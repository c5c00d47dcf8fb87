/** What a store takes of one span: beyond, it is refused with a sentence for its sender. */
import { MAX_ID_BYTES, type SpanSnapshot } from "@everspan/protocol";
import { MAX_NAME_BYTES, MAX_STORED_PAYLOAD_BYTES, MAX_STORED_PAYLOAD_VALUES } from "../limits.ts";
import type { PayloadColumn, PayloadSplitter } from "./payload-blobs.ts";
import { SpanRefusedError } from "./store-errors.ts";

/** @throws SpanRefusedError */
export function boundedColumn(spanId: string, splitter: PayloadSplitter, value: unknown): PayloadColumn {
  const payload = splitter.toColumn(value);
  const { bytes, values } = payload;
  if (bytes > MAX_STORED_PAYLOAD_BYTES) {
    throw new SpanRefusedError(spanId, `a payload must have at most ${MAX_STORED_PAYLOAD_BYTES} bytes, got ${bytes}`);
  }
  if (values > MAX_STORED_PAYLOAD_VALUES) {
    throw new SpanRefusedError(
      spanId,
      `a payload must have at most ${MAX_STORED_PAYLOAD_VALUES} values, got ${values}`,
    );
  }
  return payload;
}

/** Every text that is indexed, or stands in a list, has a bound. @throws SpanRefusedError */
export function refuseLongTexts({ id, traceId, parentId, taskId, name, service }: SpanSnapshot): void {
  // Protocol bounds ids where a dialect has such a rule; here they are keys of indexes.
  refuseLong(id, "id", id, 4 * MAX_ID_BYTES);
  refuseLong(id, "traceId", traceId, 4 * MAX_ID_BYTES);
  refuseLong(id, "parentId", parentId, 4 * MAX_ID_BYTES);
  refuseLong(id, "taskId", taskId, 4 * MAX_ID_BYTES);
  refuseLong(id, "name", name, MAX_NAME_BYTES);
  if (service === undefined) return;
  for (const [field, text] of Object.entries(service)) refuseLong(id, `service.${field}`, String(text), MAX_NAME_BYTES);
}

function refuseLong(spanId: string, field: string, text: string | undefined, maxBytes: number): void {
  if (text === undefined || text.length * 3 <= maxBytes) return;
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxBytes) return;
  throw new SpanRefusedError(spanId.slice(0, 64), `${field} must have at most ${maxBytes} bytes, got ${bytes}`);
}
