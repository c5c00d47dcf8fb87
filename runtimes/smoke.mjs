/**
 * A wide smoke of the package as it is installed from its tarball, plain enough for every runtime: records, propagates, withholds, delivers over
 * loopback in three dialects, spools, and accounts for every record. Prints `ok`, or throws.
 */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CollectorExporter, FileExporter, MemoryExporter, OtlpExporter, SgpExporter, Tracer } from "everspan";
import { sampleTraces } from "everspan/processors";
import { continueTrace, injectTraceContext } from "everspan/propagation";

const requests = [];
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => {
    body += chunk;
  });
  request.on("end", () => {
    requests.push({ path: request.url, body });
    // The second request of all is refused once, so that a retry is part of the smoke.
    response.statusCode = requests.length === 2 ? 503 : 200;
    response.end("{}");
  });
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${server.address().port}`;
const folder = await mkdtemp(join(tmpdir(), "everspan-runtime-"));
const memory = new MemoryExporter();
const tracer = new Tracer({
  exporters: [
    memory,
    new OtlpExporter({ endpoint: url, compression: "gzip" }),
    new SgpExporter({ apiKey: "key", accountId: "account", baseUrl: url }),
    new CollectorExporter({ url }),
    new FileExporter({ path: join(folder, "spans.ndjson") }),
  ],
  processors: [sampleTraces(1)],
  spool: { directory: join(folder, "spool") },
});

const answer = await tracer.span(
  "turn",
  {
    input: {
      password: "hunter2",
      messages: [{ role: "user", content: "hi" }],
      objects: [
        new URL("http://x.test/a"),
        new (class Account {
          id = 7;
        })(),
        new Blob(["abc"]),
      ],
      failed: new TypeError("no such tool"),
    },
  },
  async (turn) => {
    const headers = injectTraceContext(turn);
    continueTrace(tracer, headers, "served", {}, (span) => assert.equal(span.parentId, turn.id));
    await tracer.span("llm", async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      assert.equal(tracer.activeSpan()?.parentId, turn.id);
    });
    await assert.rejects(
      tracer.span("tool", async () => {
        throw new RangeError("mine");
      }),
      RangeError,
    );
    return "answer";
  },
);
assert.equal(answer, "answer");
const { ok, lanes } = await tracer.shutdown({ timeoutMs: 20_000 });
assert.ok(ok, JSON.stringify(lanes));
for (const [name, lane] of Object.entries(lanes)) {
  assert.equal(lane.created, lane.delivered + lane.coalesced, name);
}
const spans = memory.spans();
assert.deepEqual(spans.map(({ name }) => name).sort(), ["llm", "served", "tool", "turn"]);
assert.equal(spans.find(({ name }) => name === "tool").error.type, "RangeError");
const { input } = spans.find(({ name }) => name === "turn");
assert.equal(input.password, "[REDACTED:credential]");
assert.deepEqual(input.objects, ["http://x.test/a", { id: 7 }, "[Blob: 3 bytes]"]);
assert.equal(input.failed.message, "no such tool");
const lines = (await readFile(join(folder, "spans.ndjson"), "utf8")).trim().split("\n");
assert.ok(lines.length >= 4);
assert.deepEqual([...new Set(requests.map(({ path }) => path))].filter((path) => !path.includes("heartbeat")).sort(), [
  "/v1/everspan/batch",
  "/v1/traces",
  "/v5/spans/batch",
]);
server.closeAllConnections();
server.close();
await rm(folder, { recursive: true, force: true });
console.log("ok");
