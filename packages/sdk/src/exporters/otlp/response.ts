/** Reads `partial_success` of an `ExportTraceServiceResponse`, JSON or protobuf. What can't be read says nothing. */
import { oneLine } from "../../contract/diagnostics.ts";
import type { TransportResponse } from "../../transport/transport.ts";

export interface PartialSuccess {
  readonly rejectedSpans: number;
  readonly message: string;
}

const NONE: PartialSuccess = { rejectedSpans: 0, message: "" };
const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

export function readPartialSuccess(response: TransportResponse): PartialSuccess {
  if (response.bodyTruncated || response.body.length === 0) return NONE;
  try {
    const isProtobuf = /protobuf/i.test(response.headers["content-type"] ?? "");
    const { rejectedSpans, message } = isProtobuf ? fromProtobuf(response.body) : fromJson(response.body);
    const isCount = Number.isSafeInteger(rejectedSpans) && rejectedSpans > 0;
    return { rejectedSpans: isCount ? rejectedSpans : 0, message: oneLine(message) };
  } catch {
    return NONE;
  }
}

function fromJson(body: Buffer): PartialSuccess {
  const { partialSuccess } = JSON.parse(body.toString("utf8")) as {
    partialSuccess?: { rejectedSpans?: string | number; errorMessage?: string };
  };
  return {
    rejectedSpans: Number(partialSuccess?.rejectedSpans ?? 0),
    message: String(partialSuccess?.errorMessage ?? ""),
  };
}

/** Field 1 of the response is the partial success; of that, field 1 is the count and field 2 the message. */
function fromProtobuf(body: Buffer): PartialSuccess {
  const partial = fieldsOf(body).get(1);
  if (!Buffer.isBuffer(partial)) return NONE;
  const fields = fieldsOf(partial);
  const message = fields.get(2);
  return {
    rejectedSpans: Number(fields.get(1) ?? 0),
    message: Buffer.isBuffer(message) ? message.toString("utf8") : "",
  };
}

/** @throws RangeError when the bytes are not a message */
function fieldsOf(bytes: Buffer): Map<number, Buffer | number> {
  const fields = new Map<number, Buffer | number>();
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes.readUInt8(at++);
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const [field, wireType] = [Math.floor(tag / 8), tag % 8];
    if (wireType === VARINT) fields.set(field, varint());
    else if (wireType === LENGTH_DELIMITED) {
      const length = varint();
      fields.set(field, bytes.subarray(at, at + length));
      at += length;
    } else if (wireType === FIXED64 || wireType === FIXED32) at += wireType === FIXED64 ? 8 : 4;
    else throw new RangeError("not a protobuf message");
  }
  return fields;
}
