/** Two collectors as they are shipped, before one engine: what one has acknowledged the other tells, also when one dies. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../packages/collector/dist/cli.js", import.meta.url));
const PASSWORD = "the-password-of-the-store";

const root = mkdtempSync(join(tmpdir(), "everspan-collectors-"));
const started = [];
let engine;
let store;

before(async () => {
  engine = spawn(process.execPath, [fileURLToPath(new URL("server.mjs", import.meta.url))], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [port] = await once(engine.stdout, "data");
  store = `clickhouse://writer:${PASSWORD}@127.0.0.1:${String(port).trim()}/shared`;
});
after(async () => {
  for (const { child } of started) child.kill("SIGKILL");
  engine.stdin.end();
  await once(engine, "close");
  rmSync(root, { recursive: true, force: true });
});

/** A collector with a directory of its own. */
async function collector(name) {
  const child = spawn(process.execPath, [CLI, "serve", "--port", "0", "--no-sample", "--data", join(root, name)], {
    env: { ...process.env, EVERSPAN_STORE: store },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const one = { child, output: "", url: "" };
  started.push(one);
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (one.output += chunk));
  while (one.url === "") {
    await Promise.race([once(child.stdout, "data"), once(child, "close").then(() => assert.fail(one.output))]);
    one.url = /listening on (\S+)/.exec(one.output)?.[1] ?? "";
  }
  return one;
}

const item = (id, more = {}) => ({
  id,
  trace_id: "trace-1",
  name: `step ${id}`,
  start_timestamp: "2026-01-31T12:00:00Z",
  end_timestamp: "2026-01-31T12:00:01Z",
  input: { text: `said in ${id}: ${"payload ".repeat(100)}` },
  ...more,
});

async function put({ url }, items) {
  const response = await fetch(`${url}/v5/spans/batch`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ items }),
  });
  assert.equal(response.status, 200, await response.clone().text());
}

async function traceFrom({ url }) {
  return (await fetch(`${url}/api/traces/trace-1?payloads=full`)).json();
}

test("collectors that start together make one schema, and each tells what the other acknowledged", async () => {
  const [a, b] = await Promise.all([collector("a"), collector("b")]);
  await put(a, [item("one")]);
  await put(b, [item("two", { parent_id: "one" })]);
  const fromA = await traceFrom(a);
  const fromB = await traceFrom(b);
  assert.deepEqual(
    fromA.spans.map(({ id }) => id),
    ["one", "two"],
  );
  assert.deepEqual(fromB.spans, fromA.spans);
  assert.equal(fromA.spans[1].input.text, item("two").input.text);
  assert.equal(fromA.trace.spanCount, 2);
});

test("one that is killed takes nothing with it, and the other goes on", async () => {
  const [a, b] = started;
  await put(a, [item("three")]);
  a.child.kill("SIGKILL");
  await put(b, [item("four")]);
  const { spans } = await traceFrom(b);
  assert.deepEqual(spans.map(({ id }) => id).sort(), ["four", "one", "three", "two"]);
  const found = await (await fetch(`${b.url}/api/search?q=payload&limit=10`)).json();
  assert.equal(found.hits.length, 4);
});

test("copy brings an embedded store over, once", async () => {
  const directory = join(root, "embedded");
  const embedded = spawn(process.execPath, [CLI, "serve", "--port", "0", "--no-sample", "--data", directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(embedded.stdout, "data");
  await put({ url: /listening on (\S+)/.exec(String(line))[1] }, [item("x", { trace_id: "copied" })]);
  embedded.kill("SIGTERM");
  await once(embedded, "close");
  const copy = () =>
    spawnSync(process.execPath, [CLI, "copy", "--data", directory], {
      env: { ...process.env, EVERSPAN_STORE: store },
      encoding: "utf8",
    });
  const [first, second] = [copy(), copy()];
  assert.match(
    first.stdout,
    /1 traces with 1 spans are in ClickHouse at 127\.0\.0\.1:\d+, database shared; 0 were there/,
  );
  assert.match(second.stdout, /; 1 were there already/);
  assert.deepEqual([first.status, second.status], [0, 0]);
  assert.doesNotMatch(first.stdout + first.stderr, new RegExp(PASSWORD));
});

test("no log names the password", async () => {
  const [, b] = started;
  engine.stdin.end();
  await once(engine, "close");
  const refused = await fetch(`${b.url}/v5/spans/batch`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ items: [item("five")] }),
  });
  assert.equal(refused.status, 503);
  for (const { output } of started) assert.doesNotMatch(output, new RegExp(PASSWORD));
});
