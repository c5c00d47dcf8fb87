/**
 * The lean build in Cloudflare's runtime, as a bundler makes a Worker of it: with nothing but `AsyncLocalStorage` of
 * Node.js, and with its compatibility layer. Prints `ok`, or throws.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { SPANS_OF_RUN } from "./agent.mjs";
import { assertExact } from "./back-end.mjs";
import { inWorkerd } from "./in-workerd.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const FORMS = [
  { flags: ["nodejs_als"], date: "2024-06-01" },
  { flags: ["nodejs_compat"], date: "2026-06-01" },
];

for (const form of FORMS)
  await inWorkerd(here("worker.mjs"), form, async (url, backEnd) => {
    await delivers(url, backEnd, form.flags);
    await accountsForHanging(url, backEnd);
  });
await inWorkerd(here("../../examples/cloudflare-worker/worker.ts"), FORMS[1], example);
console.log("ok");

/** The run of the example, whose response has ended before its last span is on its way. */
async function example(url, { spans }) {
  assert.equal(await (await fetch(`${url}/?city=Utrecht`)).text(), "It is 21 degrees.");
  const latestMs = Date.now() + 20_000;
  const isOver = () =>
    ["answer", "complete"].every((name) =>
      [...spans.values()].some((span) => span.name === name && span.phase === "ended"),
    );
  while (!isOver() && Date.now() < latestMs) await new Promise((resolve) => setTimeout(resolve, 20));
  const [answer] = [...spans.values()].filter(({ name }) => name === "answer");
  assert.deepEqual([...spans.values()].map(({ name, phase }) => `${name} ${phase}`).sort(), [
    "answer ended",
    "complete ended",
    "look_up_weather ended",
  ]);
  assert.equal([...spans.values()].filter(({ parentId }) => parentId === answer.id).length, 2);
}

async function delivers(url, backEnd, what) {
  assert.equal(await (await fetch(`${url}/busy/early`)).json(), false);
  const request = async (path) => (await fetch(`${url}/busy/${path}`)).text();
  await Promise.all(
    Array.from({ length: 10 }, () => Promise.all([request("run"), request("stream"), request("throw")])),
  );
  // A client that leaves in the middle of a body, and one that asks for no body.
  await (await fetch(`${url}/busy/stream`)).body.cancel();
  await fetch(`${url}/busy/run`, { method: "HEAD" });
  // What each request waited for was delivered after its body: by now, or in a moment.
  const expected = 10 * (3 * SPANS_OF_RUN() + 1) + 2 * SPANS_OF_RUN() + 1;
  let stats = JSON.parse(await request("stats"));
  const latestMs = Date.now() + 20_000;
  while (
    stats.lanes.collector.pending.queued + stats.lanes.collector.pending.inFlight > 0 ||
    backEnd.spans.size < expected
  ) {
    assert.ok(Date.now() < latestMs, `${backEnd.spans.size} of ${expected}: ${JSON.stringify(stats)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    stats = JSON.parse(await request("stats"));
    assertExact(stats, what);
  }
  const { delivered, coalesced, created } = stats.lanes.collector;
  assert.equal(delivered + coalesced, created, JSON.stringify(stats));
  assert.equal(backEnd.spans.size, expected);
  const turns = [...backEnd.spans.values()].filter(({ name }) => name === "turn");
  assert.equal(turns.length, 32);
  for (const { id, input, phase } of turns) {
    assert.equal(phase, "ended");
    assert.equal(input.password, "[REDACTED:credential]");
    assert.equal([...backEnd.spans.values()].filter(({ parentId }) => parentId === id).length, SPANS_OF_RUN() - 1);
  }
  const bodies = [...backEnd.spans.values()].filter(({ name }) => name === "body");
  assert.equal(bodies.filter(({ phase }) => phase === "ended").length, 11);
  assert.ok(bodies.filter(({ status }) => status === "OK").length >= 10);
}

/** A request whose flush ran out of time leaves its records: the next one takes them over, and each is counted once. */
async function accountsForHanging(url, backEnd) {
  const before = backEnd.requests;
  await (await fetch(`${url}/hang/run`)).text();
  const first = await (await fetch(`${url}/hang/flush?ms=100`)).json();
  assert.ok(first.timedOut);
  assertExact(first, "hang");
  const second = await (await fetch(`${url}/hang/flush?ms=1000`)).json();
  assertExact(second, "hang again");
  const { created, pending, coalesced, retries } = second.lanes.collector;
  assert.equal(created, SPANS_OF_RUN() * 2);
  assert.equal(pending.queued + pending.inFlight + coalesced, created);
  assert.ok(retries >= 1 && backEnd.requests - before >= 2);
}
