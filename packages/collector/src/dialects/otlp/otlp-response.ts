/** What OTLP/HTTP answers: in the type of the request, and a refusal as a Status message of google.rpc. */
import { ProtoWriter } from "@everspan/protocol";
import { HttpError } from "../../http/http-errors.ts";
import { type HttpResult, json } from "../../http/http-result.ts";

export const OTLP_PROTOBUF = "application/x-protobuf";
export const OTLP_JSON = "application/json";

/** What was not taken of a request that was; the name of its count differs by signal and has the number 1 in each. */
export interface PartialSuccess {
  readonly countName: "rejectedSpans" | "rejectedLogRecords" | "rejectedDataPoints";
  readonly rejected: number;
  /** With none rejected: a warning. Empty: everything was taken, and there is nothing to say. */
  readonly message: string;
}

export function exportResult(type: string, { countName, rejected, message }: PartialSuccess): HttpResult {
  const isFull = rejected === 0 && message === "";
  if (type !== OTLP_PROTOBUF) {
    const counted = rejected > 0 ? { [countName]: String(rejected) } : {};
    return json({ partialSuccess: isFull ? {} : { ...counted, errorMessage: message } });
  }
  const writer = new ProtoWriter(1024);
  if (!isFull) {
    writer.message(1, () => {
      if (rejected > 0) writer.int64(1, String(rejected));
      writer.string(2, message);
    });
  }
  return protobuf(200, writer.finish());
}

/** Codes of google.rpc for the statuses that a sender may see. */
const RPC_CODES: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  413: 8,
  415: 3,
  500: 13,
  503: 14,
};
const RPC_INVALID_ARGUMENT = 3;

/**
 * A refusal. What can't be decoded is 400 for OTLP, whatever it is elsewhere: no sender may try it again. The JSON form
 * has the collector's own error beside the `Status`, whose readers pass over what they don't know.
 */
export function refusalResult(type: string, error: HttpError): HttpResult {
  const status = error.status === 422 ? 400 : error.status;
  const code = RPC_CODES[status] ?? RPC_INVALID_ARGUMENT;
  const { message, headers } = error;
  if (type !== OTLP_PROTOBUF) return json({ code, message, error: { code: error.code, message } }, status, headers);
  const writer = new ProtoWriter(1024);
  writer.varint(1, code);
  writer.string(2, message);
  return { ...protobuf(status, writer.finish()), headers };
}

/** @param take its HttpErrors become refusals in the request's type */
export async function inTypeOf(type: string, take: () => Promise<HttpResult>): Promise<HttpResult> {
  try {
    return await take();
  } catch (error) {
    if (error instanceof HttpError) return refusalResult(type, error);
    throw error;
  }
}

function protobuf(status: number, bytes: Uint8Array): HttpResult {
  return { status, body: { kind: "bytes", type: OTLP_PROTOBUF, bytes } };
}
