/**
 * An agent whose spans stay open until somebody says otherwise, with a heartbeat each 50 ms. Its parent speaks to it by
 * IPC: `start NAME` (answers the trace's id once the START is delivered), `recover`, `exit`, `end`. With
 * SPOOL_DIRECTORY it has a spool.
 */
import { CollectorExporter, Tracer } from "everspan";

const { COLLECTOR_URL, SPOOL_DIRECTORY } = process.env;
const tracer = new Tracer({
  service: { name: "waiting-agent" },
  exporters: [new CollectorExporter({ url: COLLECTOR_URL, heartbeatMs: 50 })],
  batch: { lingerMs: 5 },
  ...(SPOOL_DIRECTORY === undefined ? {} : { spool: { directory: SPOOL_DIRECTORY } }),
  logger: { debug() {}, info() {}, warn() {}, error() {} },
});

const open = new Map();

const commands = {
  async start(name) {
    const span = tracer.startTrace().startSpan(name);
    open.set(name, span);
    await tracer.flush({ until: "spooled", timeoutMs: SPOOL_DIRECTORY === undefined ? 0 : 10_000 });
    await tracer.flush();
    return span.traceId;
  },
  async recover() {
    const { ok } = await tracer.flush();
    return ok;
  },
  async exit() {
    for (const span of open.values()) span.end();
    await tracer.flush();
    process.disconnect();
  },
  async end() {
    await tracer.shutdown();
    process.disconnect();
  },
};

process.on("message", async ({ command, argument }) => {
  const answer = await commands[command](argument);
  if (process.connected) process.send({ answer });
});
process.send({ answer: "ready" });
