/** `node run-compared.mjs FILE EXPORT bare|observed|observed-twice|register`: prints what each feature's program saw, and the spans. */
import { MemoryExporter, Tracer } from "everspan";
import { loadUnderRegister, ofClients, recordUnderRegister } from "./under-register.mjs";

const [file, name, mode] = process.argv.slice(2);
const { features, make, observe, startServer } = (await import(`./${file}`))[name];
const isRegistered = mode === "register";
if (isRegistered) await loadUnderRegister(name);

async function runOnce(run) {
  const server = await startServer();
  const exporter = new MemoryExporter();
  const tracer = new Tracer({ exporters: [exporter] });
  if (isRegistered) recordUnderRegister(tracer);
  const client = make(server.url);
  const seen = [mode === "bare" || isRegistered || observe(client, { tracer }) === client];
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
  const spans = ofClients(exporter.spans());
  // The server's own side of a request is a span too, where what is served is traced.
  const open = isRegistered ? spans.filter(({ phase }) => phase === "started").length : tracer.stats().queue.openSpans;
  return { comparable: JSON.parse(text), spans, open };
}

const results = {};
for (const [feature, given] of Object.entries(features)) results[feature] = await runOnce(given.run ?? given);
process.stdout.write(JSON.stringify(results), () => process.exit(0));
