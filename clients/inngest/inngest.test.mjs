/** The same functions bare and observed, each in a process of its own: nothing differs, and what the spans say. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("programs/scenes.mjs", import.meta.url));
const play = (environment) =>
  JSON.parse(
    execFileSync(process.execPath, [program], {
      encoding: "utf8",
      env: { PATH: process.env.PATH, ...environment },
      maxBuffer: 1 << 28,
    }),
  );
const bare = play({});
const observed = play({ OBSERVED: "1" });
const { spans } = observed;
const inTrace = (traceId) => spans.filter((span) => span.traceId === traceId);
const runsOf = (name) => spans.filter((span) => span.data?.functionId === name && span.type === "AGENT_WORKFLOW");

/** What is beneath a span, indented, in the order of its names: branches come as they come. */
function treeOf({ traceId, id }, indent = "  ") {
  const beneath = inTrace(traceId).filter(({ parentId }) => parentId === id);
  return beneath
    .sort((a, b) => (`${a.name}${a.data?.attempt}` < `${b.name}${b.data?.attempt}` ? -1 : 1))
    .flatMap((span) => [
      `${indent}${span.name}${span.status === "OK" ? "" : ` ${span.status}`}`,
      ...treeOf(span, `${indent}  `),
    ]);
}

const WHOLE = ["  Left", "  between steps", "  look up", "    own work", "  right"];
const TREES = {
  whole: ["OK", WHOLE],
  "retried step": ["OK", ["  fails at first ERROR", "  fails at first"]],
  "failing step": ["ERROR", ["  fails ERROR"]],
  caught: ["OK", ["  fails ERROR"]],
  "retried function": ["OK", ["  attempt 1 ERROR"]],
  "failing function": ["ERROR", ["  attempt 1 ERROR", "  attempt 2 ERROR"]],
  "without steps": ["OK", []],
  invokes: ["OK", []],
  sends: ["OK", ["  before"]],
};

test("nothing differs: results, each request and its response", () => {
  assert.deepEqual(observed.results, bare.results);
  assert.deepEqual(observed.exchanges, bare.exchanges);
  assert.deepEqual(Object.keys(bare.results), [...Object.keys(TREES), "20 in parallel"]);
});

for (const [name, [status, tree]] of Object.entries(TREES)) {
  test(`${name}: one run, each step once for each attempt, in whichever process it ran`, () => {
    const [run] = runsOf(name);
    assert.equal(run.status, status);
    assert.deepEqual(treeOf(run), tree);
    assert.equal(inTrace(run.traceId).length, tree.length + 1, "nothing beside the run");
  });
}

test("a tracer whose parts all fail changes nothing", () => {
  const { results, exchanges } = play({ OBSERVED: "broken" });
  assert.deepEqual(results, bare.results);
  assert.deepEqual(exchanges, bare.exchanges);
});

test("20 runs at the same time keep their steps apart", () => {
  const runs = runsOf("whole");
  assert.equal(runs.length, 21);
  for (const run of runs) assert.deepEqual(treeOf(run), WHOLE);
});

test("what a run was given, what it came to, when it began", () => {
  const [run] = runsOf("whole");
  assert.equal(run.traceId, run.data.runId);
  assert.equal(run.input.data.city, "Bern");
  assert.deepEqual(run.output, bare.results.whole.result);
  assert.equal(Date.parse(run.startTime), Date.UTC(2026, 0, 1));
  const named = (name) => inTrace(run.traceId).find((span) => span.name === name);
  assert.deepEqual(named("look up").output, { city: "Bern" });
  assert.equal(named("right").input, 2);
  assert.equal(runsOf("failing function")[0].error.message, "the function never");
  assert.deepEqual(runsOf("retried function")[0].output, "at the second attempt");
});

test("nothing is left open", () => {
  assert.deepEqual(observed.open, [0, 0]);
  assert.ok(spans.every(({ isEnded }) => isEnded));
});
