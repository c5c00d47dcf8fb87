/** An answer is a value, written to the socket in one place; a refusal may also be thrown from anywhere below a route. */
import type { ServerResponse } from "node:http";

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: AnswerBody;
}

export type AnswerBody =
  | { readonly kind: "empty" }
  | { readonly kind: "bytes"; readonly type: string; readonly bytes: string | Uint8Array }
  /** The route goes on writing after the head. */
  | { readonly kind: "stream"; readonly type: string; readonly start: (response: ServerResponse) => void };

export function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    headers,
    body: { kind: "bytes", type: "application/json; charset=utf-8", bytes: JSON.stringify(value) },
  };
}

/** @param bytes JSON already written */
export function jsonText(bytes: string | Uint8Array): Answer {
  return { status: 200, body: { kind: "bytes", type: "application/json; charset=utf-8", bytes } };
}

export function text(bytes: string, type = "text/plain; charset=utf-8", status = 200): Answer {
  return { status, body: { kind: "bytes", type, bytes } };
}

/**
 * Why a request is not served. Its message is for the sender: it names what was expected and what came, and nothing
 * of the inside (no path, no stack, no SQL).
 */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export function errorAnswer({ status, code, message, headers }: HttpError): Answer {
  return json({ error: { code, message } }, status, headers);
}
