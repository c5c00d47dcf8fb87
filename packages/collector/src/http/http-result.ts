/** What a route gives back: a value, written to the socket in one place (`http-server.ts`). */
import type { ServerResponse } from "node:http";
import { encodeJson } from "@everspan/protocol";
import type { HttpError } from "./http-errors.ts";

export interface HttpResult {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: HttpBody;
}

export type HttpBody =
  | { readonly kind: "empty" }
  | { readonly kind: "bytes"; readonly type: string; readonly bytes: string | Uint8Array }
  /** The route goes on writing after the head. */
  | { readonly kind: "stream"; readonly type: string; readonly start: (response: ServerResponse) => void };

const JSON_TYPE = "application/json; charset=utf-8";

export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): HttpResult {
  return {
    status,
    headers,
    body: { kind: "bytes", type: JSON_TYPE, bytes: encodeJson(value) },
  };
}

/** @param bytes JSON already written */
export function jsonText(bytes: string | Uint8Array): HttpResult {
  return { status: 200, body: { kind: "bytes", type: JSON_TYPE, bytes } };
}

export function text(bytes: string, type = "text/plain; charset=utf-8", status = 200): HttpResult {
  return { status, body: { kind: "bytes", type, bytes } };
}

export function errorResult({ status, code, message, headers }: HttpError): HttpResult {
  return json({ error: { code, message } }, status, headers);
}
