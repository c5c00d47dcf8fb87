/**
 * `node run-left-alone.mjs CLIENT bare|observed`: calls, one after the other, every method of the client that asks no model,
 * with an id and parameters of many names, and with the parameters alone; prints what each came to and what it requested.
 */
import http from "node:http";
import { MemoryExporter, Tracer } from "everspan";
import { kindOf } from "./kinds.mjs";
import { isCalledAlone, NOT_FOLLOWED } from "./left-alone.mjs";
import { surfaceOf } from "./surface.mjs";

const [name, mode] = process.argv.slice(2);
const { make, observe } = await kindOf(name);
/** Nobody asks for longer than this whether what a job comes to has changed. */
const GIVEN_UP_MS = 3_000;
const IDS = ["thread_id", "run_id", "vector_store_id", "batch_id", "project_id", "user_id", "role_id", "group_id"];
const params = () => ({ name: "files/a", model: "m", ...Object.fromEntries(IDS.map((id) => [id, `${id}-1`])) });

const requests = [];
const server = http.createServer(async (request, reply) => {
  reply.sendDate = false;
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const { method, url, headers } = request;
  const type = String(headers["content-type"]).split(";")[0];
  // The borders of a form are drawn anew each time.
  const body = type === "multipart/form-data" ? type : Buffer.concat(chunks).toString();
  requests.push({ method, url, type, body });
  const status = /^\/v1\/files\//.test(url) ? "processed" : "completed";
  reply.writeHead(200, { "content-type": "application/json", "request-id": "req_1", "x-request-id": "req_1" });
  reply.end(JSON.stringify({ id: "a", name: "files/a", object: "thing", status, data: [], has_more: false }));
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${server.address().port}`;

const told = (value) =>
  `${value?.constructor?.name} ${JSON.stringify(value, (_, v) => (typeof v === "bigint" ? `${v}` : v))}`;
async function outcome(run) {
  try {
    let waiting;
    const late = new Promise((resolve) => {
      waiting = setTimeout(resolve, GIVEN_UP_MS, "still waits");
    });
    const answer = run();
    const value = await Promise.race([answer, late]);
    clearTimeout(waiting);
    return [answer?.constructor?.name, told(value)];
  } catch (error) {
    return ["threw", error?.constructor?.name, error?.message];
  }
}

const memory = new MemoryExporter();
const tracer = new Tracer({ exporters: [memory] });
const client = make(url);
if (mode === "observed") observe(client, { tracer });
process.on("unhandledRejection", () => {});
const results = {};
for (const [path, { owner, name: method }] of surfaceOf(client, NOT_FOLLOWED)) {
  if (!isCalledAlone(name, path)) continue;
  results[path] = [await outcome(() => owner[method]("id-1", params())), await outcome(() => owner[method](params()))];
}
// What is asked behind a method's back comes a moment later, and in no order.
await new Promise((resolve) => setTimeout(resolve, 200));
await tracer.flush();
const text = JSON.stringify({
  results,
  requests: requests.map((request) => JSON.stringify(request)).sort(),
  spans: memory.spans().map((span) => span.name),
});
process.stdout.write(text.replaceAll(/127\.0\.0\.1:\d+/g, "server"), () => process.exit(0));
