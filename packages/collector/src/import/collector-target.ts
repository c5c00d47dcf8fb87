/** A running collector, over its own wire. */
import { encodeNativeBatch, type NativeResponse } from "@everspan/protocol";
import { blobNameDigits } from "../blob-name.ts";
import { type ImportTarget, SpansRefusedError } from "./import-target.ts";

const ATTEMPTS = 8;
const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 10_000;
const ANSWER_MS = 120_000;

export interface CollectorTargetOptions {
  readonly url: string;
  readonly token: string | undefined;
  /** Waits between attempts. */
  readonly sleep: (ms: number) => Promise<unknown>;
}

export function openCollectorTarget({ url, token, sleep }: CollectorTargetOptions): ImportTarget {
  const post = (body: string, order: string) =>
    fetch(new URL(`/v1/everspan/batch?order=${order}`, url), {
      method: "POST",
      headers: { "content-type": "application/json", ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      body,
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  return {
    name: url,
    write: async (snapshots, order) => {
      const body = encodeNativeBatch(snapshots, { nameBlob: blobNameDigits });
      for (let attempt = 1; ; attempt++) {
        const response = await post(body, order).catch((error: Error) => error);
        if (!(response instanceof Error)) {
          if (response.ok) return changedBy((await response.json()) as NativeResponse);
          const message = await errorMessage(response);
          if (!isTransient(response.status)) throw refusal(response.status, message);
          if (attempt === ATTEMPTS) throw new Error(`${url} does not take spans: ${message}`);
        } else if (attempt === ATTEMPTS) throw new Error(`${url} does not answer: ${causeOf(response)}`);
        const asked = response instanceof Error ? 0 : Number(response.headers.get("retry-after") ?? 0) * 1000;
        await sleep(Math.min(MAX_WAIT_MS, Math.max(asked || 0, FIRST_WAIT_MS * 2 ** (attempt - 1))));
      }
    },
    close: async () => {},
  };
}

/** A collector of before says only what it took. */
function changedBy({ accepted, stored = accepted, rejected }: NativeResponse): number {
  const [first] = rejected;
  if (first !== undefined) throw new SpansRefusedError(`span ${first.id}: ${first.reason}`);
  return stored;
}

function refusal(status: number, message: string): Error {
  if (status === 413 || status === 422) return new SpansRefusedError(message);
  if (status === 401 || status === 403) return new Error(`${message}: set EVERSPAN_TOKEN to a token that may ingest`);
  return new Error(`the collector answered ${status}: ${message}`);
}

function isTransient(status: number): boolean {
  return status === 429 || status === 502 || status === 503 || status === 504;
}

async function errorMessage(response: Response): Promise<string> {
  const body = (await response.json().catch(() => undefined)) as { error?: { message?: string } } | undefined;
  return body?.error?.message ?? `status ${response.status}`;
}

function causeOf(error: Error): string {
  const { cause } = error;
  return cause instanceof Error
    ? cause.message || (cause as NodeJS.ErrnoException).code || error.message
    : error.message;
}
