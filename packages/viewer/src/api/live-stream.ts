/**
 * Follows the collector's server-sent events: which traces changed. Read with `fetch`, since an `EventSource` can't
 * send a token. While there is no stream, and after every gap, `resync` stands for "anything may have changed".
 */
import { request } from "./collector-client.ts";

export type LiveEvent = { readonly kind: "trace"; readonly traceId: string } | { readonly kind: "resync" };

const POLL_INTERVAL_MS = 5000;
/** The collector says every 15 s that the stream is alive. One that is silent for longer leads nowhere, whatever it seems. */
const SILENCE_MS = 45_000;

/** @returns stops following */
export function followLive(onEvent: (event: LiveEvent) => void): () => void {
  const controller = new AbortController();
  void follow(onEvent, controller.signal);
  return () => controller.abort();
}

async function follow(onEvent: (event: LiveEvent) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const attempt = new UntilSilent(signal);
    try {
      const response = await request("/api/live", attempt.signal, "text/event-stream");
      // The first time too: what changed after the page's data was read and before this stream began is told by nobody.
      onEvent({ kind: "resync" });
      await readEvents(response, onEvent, attempt);
    } catch {
      // No stream: the wait below turns this loop into polling.
    } finally {
      attempt.end();
    }
    await waitMs(POLL_INTERVAL_MS, signal);
    if (!signal.aborted) onEvent({ kind: "resync" });
  }
}

/** A connection may be gone without an end that anybody is told of, as after a computer slept. */
class UntilSilent {
  readonly #controller = new AbortController();
  readonly #whole: AbortSignal;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(whole: AbortSignal) {
    this.#whole = whole;
    whole.addEventListener("abort", this.#abort);
    this.heard();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  heard(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#abort, SILENCE_MS);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#whole.removeEventListener("abort", this.#abort);
  }

  readonly #abort = (): void => this.#controller.abort();
}

async function readEvents(
  response: Response,
  onEvent: (event: LiveEvent) => void,
  attempt: UntilSilent,
): Promise<void> {
  if (response.body === null) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    attempt.heard();
    const messages = (text + part.value).split("\n\n");
    text = messages.pop() ?? "";
    for (const message of messages) {
      const event = parseLiveEvent(message);
      if (event !== undefined) onEvent(event);
    }
  }
}

/** @returns undefined for a comment, a heartbeat, or an event that this viewer doesn't know */
export function parseLiveEvent(message: string): LiveEvent | undefined {
  const fields = new Map(message.split("\n").map((line) => splitField(line)));
  if (fields.get("event") === "resync") return { kind: "resync" };
  if (fields.get("event") !== "trace-updated") return undefined;
  try {
    const { traceId } = JSON.parse(fields.get("data") ?? "") as { traceId?: unknown };
    return typeof traceId === "string" ? { kind: "trace", traceId } : undefined;
  } catch {
    return undefined;
  }
}

function splitField(line: string): [name: string, value: string] {
  const colon = line.indexOf(":");
  return colon < 0 ? [line, ""] : [line.slice(0, colon), line.slice(colon + 1).trimStart()];
}

function waitMs(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, durationMs);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
