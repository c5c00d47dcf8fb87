/** `node run-features.mjs PACKAGE[ (Azure)] bare|observed|observed-twice`: prints what each feature's program saw, and the spans. */
import { MemoryExporter, Tracer } from "everspan";
import { kindOf } from "./kinds.mjs";

const [name, mode] = process.argv.slice(2);
const { features, make, observe, startServer } = await kindOf(name);

const results = {};
for (const [feature, run] of Object.entries(features)) {
  const server = await startServer();
  const exporter = new MemoryExporter();
  const tracer = new Tracer({ exporters: [exporter] });
  const client = make(server.url);
  const made = mode === "bare" ? client : observe(client, { tracer });
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
  const spans = exporter
    .spans()
    .map(({ name, status, phase, output, data, error, type }) => ({ name, status, phase, output, data, error, type }));
  results[feature] = { seen, requests: server.requests, spans, open: tracer.stats().queue.openSpans };
  server.close();
}
// A branch of a stream may come first by chance: what each branch brings is compared, not which comes first.
process.stdout.write(
  JSON.stringify(results, (_, value) => (typeof value === "bigint" ? String(value) : value)),
  () => process.exit(0),
);
