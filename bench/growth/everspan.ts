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

interface EverspanSubject {
  readonly name: string;
  readonly exporterTo: (url: string) => SpanExporter;
  /** Default: of a back end that takes everything. */
  readonly countBytes?: CountBytes;
  /** Whether the pace of the steps makes a difference on the wire. */
  readonly isPaced?: boolean;
}

export function everspan({ name, exporterTo, countBytes = bytesReceived, isPaced }: EverspanSubject): Subject {
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
      const sendAll = (afterStep?: (tracer: Tracer) => Promise<unknown>) =>
        countBytes(async (url) => {
          const sending = tracerTo(url);
          await converse(steps, recordWith(sending), afterStep && (() => afterStep(sending)));
          await sending.shutdown({ timeoutMs: 60_000 });
        });
      const wireBytes = await sendAll();
      const pacedWireBytes = isPaced === true ? await sendAll((tracer) => tracer.flush()) : undefined;
      const spooled = await spoolBytes(steps, (directory) => tracerTo(DEAD_URL, directory));
      return { recordMs, queueBytes, wireBytes, pacedWireBytes, spoolBytes: spooled };
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
