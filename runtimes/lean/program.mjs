/**
 * The lean build (`everspan/edge`) in a runtime that has more than it needs: delivers whatever the back end does, or
 * counts exactly. Prints `ok`, or throws.
 */
import assert from "node:assert/strict";
import { agent, SPANS_OF_RUN } from "./agent.mjs";
import { assertExact, startBackEnd } from "./back-end.mjs";

const { CollectorExporter, FileExporter, FetchTransport, Tracer } = await import(
  new URL("../../packages/sdk/dist/edge/edge.js", import.meta.url).href
);
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const backEnd = await startBackEnd();
const tracerFor = (path, options = {}) =>
  new Tracer({ exporters: [new CollectorExporter({ url: `${backEnd.url}/${path}` })], logger: quiet, ...options });

// Delivered, however often the back end is busy, by many flushes at the same time.
const busy = tracerFor("busy", { batch: { maxRecords: 7 } });
const runs = await Promise.all(
  Array.from({ length: 20 }, async (_, run) => {
    const { id } = await agent(busy, `turn ${run}`);
    const { ok, lanes } = await busy.flush({ timeoutMs: 20_000 });
    assertExact({ lanes }, "busy");
    assert.ok(ok, JSON.stringify(lanes));
    return id;
  }),
);
assert.equal(backEnd.spans.size, 20 * SPANS_OF_RUN());
for (const id of runs) {
  const turn = backEnd.spans.get(id);
  assert.deepEqual(turn.input, { password: "[REDACTED:credential]", $$blob: "mine" });
  assert.deepEqual(turn.output, { text: "ab", id });
  const children = [...backEnd.spans.values()].filter(({ parentId }) => parentId === id);
  assert.equal(children.length, SPANS_OF_RUN() - 1);
  assert.equal(children.find(({ name }) => name === "failing").error.type, "RangeError");
}
assert.equal(busy.stats().lanes.collector.delivered + busy.stats().lanes.collector.coalesced, 20 * SPANS_OF_RUN() * 2);

// A record that the back end refuses is found among the others.
backEnd.spans.clear();
const picky = tracerFor("picky");
await agent(picky, "good");
picky.startTrace().startSpan("bad").end();
await agent(picky, "good");
const sorted = await picky.shutdown({ timeoutMs: 20_000 });
assertExact(sorted, "picky");
assert.equal(sorted.lanes.collector.dropped.rejected, 1);
assert.equal(backEnd.spans.size, 2 * SPANS_OF_RUN());

// A back end that hangs costs a flush its time and no more; what may have arrived is said.
const hanging = tracerFor("hang", { delivery: { attemptTimeoutMs: 200 } });
await agent(hanging, "lost");
const waited = await hanging.flush({ timeoutMs: 300 });
assert.ok(waited.timedOut && !waited.ok);
assertExact(waited, "hang");
const ended = await hanging.shutdown({ timeoutMs: 100 });
assertExact(ended, "hang, shut down");
assert.equal(ended.lanes.collector.dropped.shutdown_timeout, SPANS_OF_RUN());
assert.equal(ended.lanes.collector.maybeDelivered, SPANS_OF_RUN());

// Nobody listens; compression; no files.
const gone = await startBackEnd();
gone.close();
const away = new Tracer({ exporters: [new CollectorExporter({ url: gone.url })], logger: quiet });
await agent(away, "lost");
const none = await away.shutdown({ timeoutMs: 200 });
assertExact(none, "away");
const { dropped, maybeDelivered } = none.lanes.collector;
assert.equal(dropped.shutdown_timeout, 6);
// Nobody knows of a request that the end of the time cut off whether it had arrived.
assert.ok(maybeDelivered === 0 || maybeDelivered === 6, `maybeDelivered: ${maybeDelivered}`);
backEnd.spans.clear();
const packed = new Tracer({
  exporters: [
    new CollectorExporter({
      url: backEnd.url,
      compression: "gzip",
      transport: new FetchTransport(),
      batch: { lingerMs: 5 },
    }),
  ],
  logger: quiet,
});
await agent(packed, "packed");
const latestMs = Date.now() + 20_000;
while (
  Date.now() < latestMs &&
  (backEnd.spans.size < SPANS_OF_RUN() || packed.stats().lanes.collector.pending.inFlight > 0)
)
  await new Promise((resolve) => setTimeout(resolve, 5));
assertExact(packed.stats(), "packed");
assert.equal(backEnd.spans.size, SPANS_OF_RUN());
for (const make of [() => new FileExporter({ path: "x" }), () => new Tracer({ spool: { directory: "x" } })])
  assert.throws(make, { code: "EVERSPAN_UNSUPPORTED_RUNTIME" });
backEnd.close();
console.log("ok");
