/**
 * What OpenTelemetry JS is given, whichever version's API and provider it is. Payloads are JSON text in attributes,
 * since attributes hold no objects.
 */

/** A queue that holds the whole workload, and batches as large as Everspan's tuned ones. */
export const TUNED_QUEUE = { maxQueueSize: 100_000, maxExportBatchSize: 1_000, scheduledDelayMillis: 250 };

/** @returns the subject: it flushes before the shutdown */
export function recordingWith({ context, DiagLogLevel, diag, trace }, provider) {
  const dropped = { count: 0 };
  const read = (message) => {
    dropped.count += droppedIn(String(message));
  };
  diag.setLogger({ error: read, warn: read, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);
  const tracer = provider.getTracer("bench");
  return {
    start(name, input, parent) {
      const attributes = { "input.value": JSON.stringify(input), "input.mime_type": "application/json" };
      const scope = parent === undefined ? undefined : trace.setSpan(context.active(), parent);
      return tracer.startSpan(name, { attributes, root: parent === undefined }, scope);
    },
    end(span, output) {
      span.setAttribute("output.value", JSON.stringify(output));
      span.end();
    },
    async close() {
      await provider.forceFlush();
      await provider.shutdown();
    },
    account: () => ({ lost: dropped.count }),
  };
}

/** It says on its diagnostic log what a full queue made it drop: "Dropped N spans because maxQueueSize reached". */
function droppedIn(message) {
  return Number(/Dropped (\d+) span/.exec(message)?.[1] ?? 0);
}
