import { parseJsonNumbers } from "@everspan/protocol";
import { DEFAULT_DELIVERY } from "../../contract/defaults.ts";
import { type Body, EMPTY_BODY } from "../../encoding/body.ts";
import { classifyError, classifyResponse, type Exchange } from "../../transport/classify.ts";
import { withoutSecrets } from "../../transport/without-secrets.ts";
import type { Backend } from "./backend.ts";

const MAX_READ_BYTES = 64 * 1024 * 1024;

/**
 * Reads JSON; undefined when the back end answers 404. A number that no double holds is a `String` object with its digits:
 * other senders' spans have such ids.
 * @throws Error when it can't be read, with a message for people
 */
export async function readJson(backend: Backend, method: "GET" | "POST", path: string, body?: Body): Promise<unknown> {
  const text = await readText(backend, method, path, body);
  return text === undefined ? undefined : parseJsonNumbers(text);
}

async function readText(
  { address, transport }: Backend,
  method: "GET" | "POST",
  path: string,
  body: Body = EMPTY_BODY,
): Promise<string | undefined> {
  const url = address.urlOf(path);
  const exchange: Exchange = { method, url, redact: (text) => withoutSecrets(text, address.secrets) };
  const response = await transport
    .send({
      method,
      url,
      headers: { ...address.headers, accept: "application/json", "content-type": "application/json" },
      body: body.pieces,
      bodyBytes: body.bytes,
      deadlineMs: DEFAULT_DELIVERY.attemptTimeoutMs,
      maxResponseBytes: MAX_READ_BYTES,
    })
    .catch((error: unknown) => classifyError(error, exchange));
  if ("kind" in response) throw new Error("reason" in response ? response.reason : response.kind);
  if (response.status === 404) return undefined;
  const outcome = classifyResponse(response, exchange);
  if (outcome.kind !== "delivered") throw new Error("reason" in outcome ? outcome.reason : outcome.kind);
  if (response.bodyTruncated)
    throw new Error(`the response to ${method} ${url} is longer than ${MAX_READ_BYTES} bytes`);
  return response.body.toString("utf8");
}
