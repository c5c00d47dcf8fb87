/** Reads `partial_success` of an `ExportTraceServiceResponse`, JSON or protobuf. What can't be read says nothing. */
import { ProtoReader } from "@everspan/protocol";
import { oneLine } from "../../contract/diagnostics.ts";
import type { TransportResponse } from "../../transport/transport.ts";

export interface PartialSuccess {
  readonly rejectedSpans: number;
  readonly message: string;
}

const NONE: PartialSuccess = { rejectedSpans: 0, message: "" };

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
  let success = NONE;
  const response = new ProtoReader(body);
  while (response.next()) {
    if (response.field === 1) success = partialSuccessIn(response);
    else response.skip();
  }
  return success;
}

function partialSuccessIn(partial: ProtoReader): PartialSuccess {
  const outer = partial.enter();
  let { rejectedSpans, message } = NONE;
  while (partial.next()) {
    if (partial.field === 1) rejectedSpans = Number(partial.int64());
    else if (partial.field === 2) message = partial.string();
    else partial.skip();
  }
  partial.leave(outer);
  return { rejectedSpans, message };
}
