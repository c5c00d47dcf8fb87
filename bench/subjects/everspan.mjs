/** Everspan, sending to SGP's upsert as an application would configure it. */

/** A run measures a copy of the build it began with, whatever is built meanwhile: see `pinSdk`. */
const { SgpExporter, Tracer } = await import(process.env.EVERSPAN_BENCH_SDK ?? "everspan");

/**
 * @param tuning `batch`, `delivery`, `queue` and `spool` of the tracer; default: none, the defaults hold
 * @param compression of the exporter's requests; default: none
 */
export async function open({ url, tuning = {}, compression }) {
  const { delivery = {}, ...tracerOptions } = tuning;
  // To the exporter itself: its connections are as many as its own concurrency.
  const exporter = new SgpExporter({ apiKey: "bench", accountId: "bench", baseUrl: url, delivery, compression });
  const logger = { debug() {}, info() {}, warn: console.error, error: console.error };
  const tracer = new Tracer({ service: { name: "bench" }, exporters: [exporter], logger, ...tracerOptions });
  const traces = new Map();
  const traceNamed = (name) => {
    if (!traces.has(name)) traces.set(name, tracer.trace(name));
    return traces.get(name);
  };
  return {
    start(name, input, parent, traceName) {
      if (parent !== undefined) return tracer.trace(parent.traceId).startSpan(name, { parentId: parent.id, input });
      const trace = traceName === undefined ? tracer.startTrace() : traceNamed(traceName);
      return trace.startSpan(name, { input });
    },
    end(span, output) {
      span.output = output;
      span.end();
    },
    close: () => tracer.shutdown({ timeoutMs: 60_000 }),
    flush: () => tracer.flush({ timeoutMs: 60_000 }),
    queueBytes: () => tracer.stats().queue.bytes,
    account() {
      const lane = tracer.stats().lanes[exporter.name];
      const pending = lane.pending.queued + lane.pending.spooled + lane.pending.inFlight;
      return { lost: Object.values(lane.dropped).reduce((sum, count) => sum + count, 0) + pending, ...lane };
    },
  };
}
