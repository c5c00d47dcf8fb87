/** `everspan run`: programs that know nothing of tracing, bare and run by it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

function start(command, args, variables = {}, cwd = fileURLToPath(new URL(".", import.meta.url))) {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, PROVIDER: provider.url };
  const child = spawn(command, args, {
    cwd,
    env: { ...env, EVERSPAN_COLLECTOR_URL: collector.url, ...variables },
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
  assert.equal(root.data.exitCode, 3);
  assert.equal(root.input, "node programs/openai.mjs --flag two words");
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
  // The clients that LangChain and the agents ask by are observed too.
  const models = spans.filter(({ type }) => type === "COMPLETION");
  assert.deepEqual(models.map(({ name }) => name).sort(), ["gpt-ai", "gpt-chain", "gpt-scripted-1"]);
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

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

async function hasEnded(pid) {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await setTimeout(20);
  }
}

test("a collector is started where none answers on this machine, shows the run, and goes on; the next run finds it", async () => {
  const home = mkdtempSync(join(tmpdir(), "everspan-home-"));
  const url = `http://127.0.0.1:${await freePort()}`;
  const run = () => {
    const args = [COMMAND, "run", "--", "node", "programs/openai.cjs"];
    return start(process.execPath, args, { EVERSPAN_COLLECTOR_URL: url, HOME: home, XDG_DATA_HOME: home }).ended;
  };
  let pid;
  try {
    const first = await run();
    assert.deepEqual([first.code, first.out], [0, "It is 12 degrees.\n"], first.err);
    pid = Number(/^everspan: started a collector, .*: kill (\d+)$/m.exec(first.err)[1]);
    const second = await run();
    assert.doesNotMatch(second.err, /started a collector/);
    for (const { err } of [first, second]) {
      const id = /^everspan: \S+\/traces\/(\w+)$/m.exec(err)[1];
      const { spans } = await (await fetch(`${url}/api/traces/${id}`)).json();
      assert.ok(spans.some(({ name }) => name === "responses.create"));
    }
  } finally {
    if (pid !== undefined) process.kill(pid);
    if (pid !== undefined) await hasEnded(pid);
    rmSync(home, { recursive: true });
  }
});

test("no collector is started on request; the program runs, and where its spans wait is said", async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const args = [COMMAND, "run", "--no-collector", "--", "node", "-e", "console.log(1)"];
  const { code, out, err } = await start(process.execPath, args, { EVERSPAN_COLLECTOR_URL: url }).ended;
  assert.deepEqual([code, out], [0, "1\n"], err);
  assert.match(err, new RegExp(`no collector answers at ${url}; spans wait`));
  const left = /records are not delivered; they are kept: npx everspan drain (\S+)/.exec(err);
  if (left) rmSync(left[1], { recursive: true });
});

for (const [kind, manifest, program] of [
  ["ECMAScript modules", { type: "module", scripts: { start: "node openai.mjs" } }, "openai.mjs"],
  ["CommonJS", { scripts: { start: "cross=1 node openai.cjs" } }, "openai.cjs"],
  ["TypeScript by tsx", { type: "module", scripts: { start: "tsx openai.ts" } }, "openai.ts"],
]) {
  test(`a project of ${kind} that everspan init has set up is traced by npm start, and an undo takes it back`, async () => {
    const directory = mkdtempSync(join(tmpdir(), "everspan-project-"));
    const here = (path) => fileURLToPath(new URL(path, import.meta.url));
    const init = (...args) => start(process.execPath, [COMMAND, "init", ...args], {}, directory).ended;
    try {
      mkdirSync(join(directory, "node_modules"));
      for (const name of ["everspan", "openai"]) {
        symlinkSync(here(`node_modules/${name}`), join(directory, "node_modules", name));
      }
      symlinkSync(here("../../node_modules/.bin"), join(directory, "node_modules/.bin"));
      const text = JSON.stringify({ name: `project-${program}`, ...manifest }, null, 2);
      writeFileSync(join(directory, "package.json"), text);
      // Without the spool of `everspan run` what is not delivered at a process.exit() is lost.
      const source = readFileSync(here(`programs/${program}`), "utf8").replace("process.exit(3);", "");
      writeFileSync(join(directory, program), source);
      assert.equal((await init()).code, 0);
      const { child, ended } = start("npm", ["start", "--silent"], {}, directory);
      child.stdin.end("what is it?");
      const end = await ended;
      assert.match(end.out, /12 degrees/, end.err);
      const calls = (await collector.spans()).filter(({ service }) => service?.name === `project-${program}`);
      assert.notEqual(calls.length, 0);
      assert.ok(calls.every(({ type, status }) => type !== "COMPLETION" || status === "OK"));
      assert.ok(calls.some(({ type }) => type === "COMPLETION"));
      assert.equal((await init("--undo")).code, 0);
      assert.equal(readFileSync(join(directory, "package.json"), "utf8"), text);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
}

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
