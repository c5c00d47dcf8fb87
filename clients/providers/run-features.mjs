/** `node run-features.mjs PACKAGE[ (Azure)] bare|observed|observed-twice|register`: prints what each feature's program saw, and the spans. */
import { MemoryExporter, Tracer } from "everspan";
import { kindOf } from "./kinds.mjs";
import { loadUnderRegister, ofClients, recordUnderRegister } from "./under-register.mjs";

const [name, mode] = process.argv.slice(2);
const { features, make, observe, startServer } = await kindOf(name);
const isRegistered = mode === "register";
if (isRegistered) await loadUnderRegister(name);

const results = {};
for (const [feature, run] of Object.entries(features)) {
  const server = await startServer();
  const exporter = new MemoryExporter();
  const tracer = new Tracer({ exporters: [exporter] });
  if (isRegistered) recordUnderRegister(tracer);
  const client = make(server.url);
  const made = mode === "bare" || isRegistered ? client : observe(client, { tracer });
  if (mode === "observed-twice") observe(made, { tracer });
  const seen = [["same instance", made === client, made.constructor.name]];
  const writer =
    (label) =>
    (...what) =>
      void seen.push(label === undefined ? what : [label, ...what]);
  const log = Object.assign(writer(), { named: writer });
  const onUnhandled = (error) => seen.push(["unhandled", error?.constructor?.name, error?.message]);
  process.on("unhandledRejection", onUnhandled);
  try {
    await run(made, log, server);
  } catch (error) {
    seen.push(["failed", String(error)]);
  }
  await new Promise((resolve) => setTimeout(resolve, 10));
  process.off("unhandledRejection", onUnhandled);
  await tracer.flush();
  const spans = ofClients(exporter.spans()).map(({ name, status, phase, input, output, data, error, type }) => ({
    name,
    status,
    phase,
    input,
    output,
    data,
    error,
    type,
  }));
  // The server's own side of a request is a span too, where what is served is traced.
  const open = isRegistered ? spans.filter(({ phase }) => phase === "started").length : tracer.stats().queue.openSpans;
  results[feature] = { seen, requests: server.requests, spans, open };
  server.close();
}
// A branch of a stream may come first by chance: what each branch brings is compared, not which comes first.
process.stdout.write(
  JSON.stringify(results, (_, value) => (typeof value === "bigint" ? String(value) : value)),
  () => process.exit(0),
);
