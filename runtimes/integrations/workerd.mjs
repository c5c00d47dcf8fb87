/** The entries in Cloudflare's runtime, with its compatibility layer for Node.js. Prints `ok`, or throws. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { startModelServer } from "../../clients/providers/model-server.mjs";
import { assertExact } from "../lean/back-end.mjs";
import { inWorkerd } from "../lean/in-workerd.mjs";
import { assertArrived } from "./arrived.mjs";

const worker = fileURLToPath(new URL("worker.mjs", import.meta.url));
const models = await startModelServer();
await inWorkerd(worker, { flags: ["nodejs_compat"], date: "2026-06-01" }, async (url, backEnd) => {
  const answer = await fetch(`${url}/?models=${encodeURIComponent(models.url)}`);
  const { played, imported } = JSON.parse(await answer.text());
  assert.equal(imported.length, 17);
  // The response's end comes first, its spans a moment later.
  const latestMs = Date.now() + 20_000;
  let stats;
  do {
    await new Promise((resolve) => setTimeout(resolve, 20));
    stats = await (await fetch(`${url}/stats`)).json();
    assertExact(stats, "workerd");
    assert.ok(Date.now() < latestMs, JSON.stringify(stats));
  } while (stats.lanes.collector.pending.queued + stats.lanes.collector.pending.inFlight > 0);
  assertArrived(backEnd.spans, played);
});
models.close();
console.log("ok");
