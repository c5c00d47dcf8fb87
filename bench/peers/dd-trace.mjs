/**
 * dd-trace, talking to its agent's port (here the back end). Instrumentation of modules and of the process's own
 * health is off: only spans are compared. Payloads are JSON text in tags, of which it keeps 25,000 characters.
 * It has no public flush: its exporter's own is used, so that the end is not a loss.
 */
import { createRequire } from "node:module";

/** @param installedIn URL of the folder whose dd-trace it is; default: this one */
export async function open({ url, installedIn = import.meta.url }) {
  process.env.DD_INSTRUMENTATION_TELEMETRY_ENABLED = "false";
  process.env.DD_REMOTE_CONFIGURATION_ENABLED = "false";
  const tracer = createRequire(installedIn)("dd-trace");
  tracer.init({ service: "bench", url, plugins: false, startupLogs: false, runtimeMetrics: false });
  return {
    start: (name, input, parent) => tracer.startSpan(name, { childOf: parent, tags: { input: JSON.stringify(input) } }),
    end(span, output) {
      span.setTag("output", JSON.stringify(output));
      span.finish();
    },
    close: () => new Promise((resolve) => tracer._tracer._exporter.flush(resolve)),
  };
}
