/** `everspan run`: programs that know nothing of tracing, bare and run by it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startCollector } from "../harness/collector.mjs";
import { startProvider } from "./scripted-provider.mjs";

const COMMAND = fileURLToPath(new URL("node_modules/everspan/dist/cli.js", import.meta.url));
const CALL = "chat.completions.create";

let provider;
let collector;
before(async () => {
  [provider, collector] = await Promise.all([startProvider(), startCollector()]);
});
after(async () => {
  provider.close();
  await collector.stop();
});

function start(command, args) {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, PROVIDER: provider.url };
  const child = spawn(command, args, {
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    env: { ...env, EVERSPAN_COLLECTOR_URL: collector.url },
  });
  const said = { out: "", err: "" };
  child.stdout.on("data", (chunk) => {
    said.out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    said.err += chunk;
  });
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal, ...said }));
  const heard = async (pattern) => {
    while (!pattern.test(said.out)) await once(child.stdout, "data");
    return pattern.exec(said.out)[0];
  };
  return { child, said, ended, heard };
}

const bare = (command, ...args) => start(command, args);
const traced = (...args) => start(process.execPath, [COMMAND, "run", "--", ...args]);

async function traceOf({ err }) {
  const id = /^everspan: \S+\/traces\/(\w+)$/m.exec(err)?.[1];
  const runs = await collector.runs();
  const { spans } = runs.find(({ trace }) => trace.traceId === id);
  const root = spans.find(({ parentId }) => parentId == null);
  return { root, spans, named: (name) => spans.filter((span) => span.name === name) };
}

/** What the program itself wrote. */
const own = (err) => err.replace(/^everspan: .*\n/gm, "");

test("an ECMAScript module: input, output, arguments and exit code are the program's, its model calls are a trace", async () => {
  const ends = [];
  for (const begin of [bare, traced]) {
    const { child, ended } = begin("node", "programs/openai.mjs", "--flag", "two words");
    child.stdin.end("what is it?");
    ends.push(await ended);
  }
  const [plain, run] = ends;
  assert.equal(plain.code, 3);
  assert.deepEqual({ ...run, err: own(run.err) }, plain);
  const { root, named } = await traceOf(run);
  assert.equal(root.status, "ERROR");
  assert.equal(root.output.exitCode, 3);
  const calls = named(CALL);
  assert.equal(calls.length, 2);
  for (const call of calls) {
    assert.equal(call.parentId, root.id);
    assert.equal(call.input.messages[0].content, "what is it?");
    assert.match(JSON.stringify(call.output), /12 degrees/);
  }
});

for (const command of [
  ["node", "programs/openai.cjs"],
  ["npx", "tsx", "programs/openai.ts"],
]) {
  test(`${command.join(" ")} is traced too`, async () => {
    const end = await traced(...command).ended;
    assert.deepEqual([end.code, end.out], [0, "It is 12 degrees.\n"], end.err);
    const { root, named } = await traceOf(end);
    const [call, ...others] = named("responses.create");
    assert.deepEqual(others, []);
    assert.equal(call.parentId, root.id);
    assert.equal(root.status, "OK");
  });
}

test("frameworks are observed without a line of code", async () => {
  const end = await traced("node", "programs/frameworks.mjs").ended;
  assert.deepEqual([end.code, end.out], [0, "done\n"], end.err);
  const { named, spans } = await traceOf(end);
  for (const name of ["generateText", "gpt-ai", "gpt-chain", "agent", "look"]) {
    assert.equal(named(name).length, 1, `${name} in ${spans.map(({ name }) => name)}`);
  }
});

test("a server's requests are traces of their own, and its handler of a signal decides how it ends", async () => {
  const { child, ended, heard } = traced("node", "programs/server.mjs");
  const url = await heard(/http:\S+/);
  await Promise.all(["/a?key=secret", "/b"].map(async (path) => (await fetch(url + path)).text()));
  child.kill("SIGTERM");
  assert.deepEqual((await ended).code, 5);
  const runs = await collector.runs();
  for (const name of ["GET /a", "GET /b"]) {
    const { spans } = runs.find(({ spans }) => spans.some((span) => span.name === name));
    const [request, call] = spans.toSorted((one, other) => (one.parentId ?? "").localeCompare(other.parentId ?? ""));
    assert.deepEqual([request.name, request.data.status, request.parentId ?? null], [name, 200, null]);
    assert.deepEqual([call.type, call.parentId, call.data.isUnread], ["COMPLETION", request.id, true]);
    assert.doesNotMatch(JSON.stringify(spans), /secret/);
  }
});

test("a signal that the program does not handle ends both, and what was recorded is delivered", async () => {
  const { child, ended, heard } = traced("node", "programs/waits.mjs");
  await heard(/waits/);
  const isStored = async () => (await collector.spans()).some((span) => JSON.stringify(span).includes("gpt-waits"));
  for (let tries = 0; !(await isStored()) && tries < 300; tries++) await setTimeout(100);
  child.kill("SIGTERM");
  const end = await ended;
  assert.deepEqual([end.code, end.signal], [null, "SIGTERM"]);
  const { root, named } = await traceOf(end);
  assert.equal(root.status, "CANCELED");
  assert.equal(named(CALL).length, 1);
});

test("a program that is not there, and no program", async () => {
  const absent = await traced("no-such-program").ended;
  assert.equal(absent.code, 127);
  assert.match(absent.err, /no-such-program can't be started/);
  const nothing = await start(process.execPath, [COMMAND, "run"]).ended;
  assert.equal(nothing.code, 2);
  assert.match(nothing.err, /run needs a program/);
});

test("a command of the collector where there is none: one sentence says what to install", async () => {
  const { code, err } = await start(process.execPath, [COMMAND, "doctor"]).ended;
  if (code === 0) return;
  assert.equal(err.split("\n").length, 2);
  assert.match(err, /npm install --save-dev @everspan\/collector/);
});

test("the README's first program, as it stands there, is a run on the screen", async () => {
  const [, program] = /```js\n(.*?)```/s.exec(readFileSync(new URL("../../README.md", import.meta.url), "utf8"));
  const file = new URL("programs/readme.tmp.mjs", import.meta.url);
  writeFileSync(file, program.replaceAll("http://127.0.0.1:4318", collector.url));
  try {
    const end = await bare("node", fileURLToPath(file)).ended;
    assert.deepEqual([end.code, end.out], [0, `look at ${collector.url}\n`], end.err);
  } finally {
    rmSync(file);
  }
  const { spans } = (await collector.runs()).find(({ trace }) => trace.name === "turn");
  assert.deepEqual(spans.map(({ name }) => name).toSorted(), ["llm", "turn"]);
});
