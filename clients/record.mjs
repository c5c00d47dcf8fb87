/**
 * Keeps what the programs under `clients/` send as fixtures for the golden tests: `node clients/record.mjs [name…]`.
 * Needs their packages (`node scripts/clients.mjs` installs them). Hosts, processes and paths are left out.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { gunzipSync } from "node:zlib";
import { run } from "./harness/collector.mjs";
import { startProvider } from "./harness/provider.mjs";
import { environmentOf, programOf, RUNS } from "./harness/runs.mjs";

const FIXTURES = new URL("../packages/reading/fixtures/otlp/", import.meta.url);
mkdirSync(FIXTURES, { recursive: true });
const wanted = process.argv.slice(2);

const bodies = [];
const sink = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const type = request.headers["content-type"];
  const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes;
  if (request.url === "/v1/traces") bodies.push({ type, body });
  response.setHeader("content-type", type ?? "application/json");
  response.end(type === "application/json" ? "{}" : "");
});
await new Promise((resolve) => sink.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${sink.address().port}`;
for (const one of RUNS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  const provider = await startProvider();
  bodies.length = 0;
  await run(programOf(one), environmentOf(one, url, provider));
  await provider.close();
  if (bodies.length !== 1) throw new Error(`${one.name}: expected one body, got ${bodies.length}`);
  const [{ type, body }] = bodies;
  const isJson = type === "application/json";
  const content = isJson ? `${JSON.stringify(withoutPlace(JSON.parse(body)), null, 2)}\n` : body;
  writeFileSync(new URL(`${one.name}.${isJson ? "json" : "bin"}`, FIXTURES), content);
  console.log(one.name, body.length);
}
sink.close();

/** Of a resource only what says what sent it; of stacks only their first line. */
function withoutPlace(request) {
  for (const { resource } of request.resourceSpans) {
    resource.attributes = resource.attributes.filter(({ key }) =>
      /^(?:telemetry\.sdk\.|service\.(?!instance))/.test(key),
    );
  }
  const text = JSON.stringify(request)
    .replace(/\\n {4}at [^"]*/g, "")
    .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:1");
  return JSON.parse(text);
}
