/** An OTLP/HTTP body of either form, with the specification's bounds. */
import type { RouteRequest } from "../../http/route.ts";
import { type BodyReceiver, contentTypeOf } from "../../ingest/receive.ts";
import { HEAP_PER_PROTOBUF_BYTE, MAX_BODY_BYTES, MAX_OTLP_JSON_DEPTH, MAX_OTLP_JSON_NODES } from "../../limits.ts";
import { OTLP_JSON, OTLP_PROTOBUF } from "./otlp-response.ts";

export type OtlpBody =
  | { readonly form: "json"; readonly value: unknown }
  | { readonly form: "protobuf"; readonly bytes: Uint8Array };

/** @throws HttpError as `BodyReceiver.receiveBytes` and `BodyReceiver.parseJson` */
export async function receiveOtlp(receiver: BodyReceiver, request: RouteRequest): Promise<OtlpBody> {
  const types = [OTLP_PROTOBUF, OTLP_JSON];
  const bytes = await receiver.receiveBytes(request, { types, maxCompressedBytes: MAX_BODY_BYTES });
  if (contentTypeOf(request.raw) === OTLP_PROTOBUF) {
    receiver.holdParsed(request, bytes.byteLength * HEAP_PER_PROTOBUF_BYTE);
    return { form: "protobuf", bytes };
  }
  const limits = { maxDepth: MAX_OTLP_JSON_DEPTH, maxNodes: MAX_OTLP_JSON_NODES, prepare: quoteIntegers };
  return { form: "json", value: receiver.parseJson(request, bytes, limits) };
}

const BARE_INTEGER = /"(intValue|\w+UnixNano)"(\s*:\s*)(-?\d{16,20})(?=\s*[,}\]])/g;

/**
 * 64-bit integers may be JSON numbers too, which parsing would round. As text they stay what they are. Within a string
 * of the text the quotes before the colon would be escaped, so nothing else fits the pattern.
 */
export function quoteIntegers(text: string): string {
  return text.replace(BARE_INTEGER, '"$1"$2"$3"');
}
