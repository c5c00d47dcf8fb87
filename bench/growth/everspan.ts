/** What a conversation costs with Everspan. */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SpanExporter, Tracer } from "everspan";
import { converse } from "./conversation.ts";
import type { Subject } from "./cost.ts";
import { bytesReceived, type CountBytes } from "./servers.ts";

const QUEUE = { maxRecords: 50_000, maxBytes: 2 ** 33 };
/** Nobody listens: connections are refused, and everything waits. */
const DEAD_URL = "http://127.0.0.1:9";
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

export function everspan(
  name: string,
  exporterTo: (url: string) => SpanExporter,
  countBytes: CountBytes = bytesReceived,
): Subject {
  const tracerTo = (url: string, directory?: string) =>
    new Tracer({
      exporters: [exporterTo(url)],
      queue: QUEUE,
      logger: SILENT,
      ...(directory === undefined ? {} : { spool: { directory } }),
    });
  return {
    name,
    async cost(steps) {
      const waiting = tracerTo(DEAD_URL);
      const recordMs = await converse(steps, recordWith(waiting));
      const queueBytes = waiting.stats().queue.bytes;
      await waiting.shutdown({ timeoutMs: 1 });
      const wireBytes = await countBytes(async (url) => {
        const sending = tracerTo(url);
        await converse(steps, recordWith(sending));
        await sending.shutdown({ timeoutMs: 60_000 });
      });
      return { recordMs, queueBytes, wireBytes, spoolBytes: await spoolBytes(steps, (d) => tracerTo(DEAD_URL, d)) };
    },
  };
}

/** What a conversation takes on disk while nothing of it is delivered. */
async function spoolBytes(steps: number, tracerWith: (directory: string) => Tracer): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), "everspan-growth-"));
  try {
    const tracer = tracerWith(directory);
    await converse(steps, recordWith(tracer));
    const { ok } = await tracer.flush({ until: "spooled", timeoutMs: 60_000 });
    if (!ok) throw new Error("the spool did not take it");
    const bytes = segmentBytes(directory);
    await tracer.shutdown({ timeoutMs: 1 });
    return bytes;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function segmentBytes(directory: string): number {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true });
  const segments = files.filter((file) => file.isFile() && file.name.endsWith(".seg"));
  return segments.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
}

function recordWith(tracer: Tracer): (messages: object[], reply: object) => void {
  const trace = tracer.startTrace();
  return (messages, reply) => {
    const span = trace.startSpan("model call", { type: "COMPLETION", input: { messages } });
    span.output = reply;
    span.end();
  };
}
