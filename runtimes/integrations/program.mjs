/**
 * Every entry of the package in this runtime: each is imported, and those of clients and frameworks trace a real one, whose
 * spans arrive at a back end on loopback. Prints `ok`, or throws.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { startModelServer } from "../../clients/providers/model-server.mjs";
import { SILENT } from "../known.mjs";
import { assertExact, startBackEnd } from "../lean/back-end.mjs";
import { assertArrived } from "./arrived.mjs";
import { playAll } from "./scenes.mjs";

const { exports: entries } = JSON.parse(
  readFileSync(new URL("../../packages/sdk/package.json", import.meta.url), "utf8"),
);
for (const entry of Object.keys(entries)) {
  // What is left out has no code to import, or begins to watch the process when it is.
  if (["./package.json", "./register"].includes(entry)) continue;
  const names = Object.keys(await import(`everspan${entry.slice(1)}`));
  assert.ok(names.length > 0, `${entry} exports nothing`);
}

const { CollectorExporter, Tracer } = await import("everspan");
const [models, backEnd] = await Promise.all([startModelServer(), startBackEnd()]);
const tracer = new Tracer({ exporters: [new CollectorExporter({ url: backEnd.url })] });
const played = await playAll(tracer, models.url);
await attemptsAreTold();
await testsAreHelped();
const ended = await tracer.shutdown({ timeoutMs: 20_000 });
assert.ok(ended.ok, JSON.stringify(ended));
assertExact(ended, "integrations");
assertArrived(backEnd.spans, played);
models.close();
backEnd.close();
console.log("ok");
process.exit(0);

/** `everspan/undici`: a request beneath a span is one under it, where the runtime tells of its requests. */
async function attemptsAreTold() {
  const { registerEverspan } = await import("everspan/undici");
  const end = registerEverspan({ tracer, under: "all" });
  await tracer.span("undici", async ({ id }) => {
    await (await fetch(`${models.url}/v1/models`)).text();
    const runtime = "Bun" in globalThis ? "bun" : "Deno" in globalThis ? "deno" : "node";
    played.undici = { id, under: SILENT[runtime]?.undici === undefined ? ["GET /v1/models"] : [] };
  });
  end();
}

async function testsAreHelped() {
  const { assertNoErrors, assertStructure, testTracer } = await import("everspan/testing");
  const { tracer: own, run } = testTracer();
  await own.span("turn", () => own.span("tool", { type: "CODE_EXECUTION" }, async () => 4));
  assertNoErrors(await run());
  assertStructure(await run(), "turn [STANDALONE]\n  tool [CODE_EXECUTION]");
}
