/** `node run-compared.mjs FILE EXPORT bare|observed|observed-twice`: prints what each feature's program saw, and the spans. */
import { MemoryExporter, Tracer } from "everspan";

const [file, name, mode] = process.argv.slice(2);
const { features, make, observe, startServer } = (await import(`./${file}`))[name];

async function runOnce(run) {
  const server = await startServer();
  const exporter = new MemoryExporter();
  const tracer = new Tracer({ exporters: [exporter] });
  const client = make(server.url);
  const seen = [mode === "bare" || observe(client, { tracer }) === client];
  if (mode === "observed-twice") observe(client, { tracer: new Tracer() });
  const log = (...what) => seen.push(JSON.stringify(what));
  const onUnhandled = (error) => log("unhandled", error?.constructor?.name, error?.message);
  process.on("unhandledRejection", onUnhandled);
  try {
    await run(client, log, server);
  } catch (error) {
    log("failed", String(error));
  }
  await new Promise((resolve) => setTimeout(resolve, 10));
  process.off("unhandledRejection", onUnhandled);
  await tracer.flush();
  server.close();
  const text = JSON.stringify({ seen, requests: server.requests }).replaceAll(/127\.0\.0\.1:\d+/g, "server");
  return { comparable: JSON.parse(text), spans: exporter.spans(), open: tracer.stats().queue.openSpans };
}

const results = {};
for (const [feature, given] of Object.entries(features)) results[feature] = await runOnce(given.run ?? given);
process.stdout.write(JSON.stringify(results), () => process.exit(0));
