import { kindOf, type Refusal, refuse } from "../../decoding/refusal.ts";
import { isJsonObject } from "../../payload/json-object.ts";
import { NATIVE_FORMAT } from "./native.ts";
import { decodeProducerReport, type Heartbeat } from "./producer-report.ts";

/** A producer's sign of life, `POST /v1/everspan/heartbeat`. See `docs/formats/native-batch.md`. */

export type DecodedHeartbeat = { readonly ok: true; readonly heartbeat: Heartbeat } | Refusal;

export function encodeHeartbeat({ producer, final }: Heartbeat): string {
  return JSON.stringify({ format: NATIVE_FORMAT, producer, ...(final && { final }) });
}

/** Never throws. */
export function decodeHeartbeat(body: unknown): DecodedHeartbeat {
  if (!isJsonObject(body)) return refuse(422, `a heartbeat must be an object, got ${kindOf(body)}`);
  if (body.format !== NATIVE_FORMAT) return refuse(422, `format must be "${NATIVE_FORMAT}"`);
  const final = body.final ?? false;
  if (typeof final !== "boolean") return refuse(422, `final must be true or false, got ${kindOf(final)}`);
  const decoded = decodeProducerReport(body.producer);
  return decoded.ok ? { ok: true, heartbeat: { producer: decoded.report, final } } : decoded;
}
