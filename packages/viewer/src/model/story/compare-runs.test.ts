import { expect, test } from "vitest";
import { drawTrace } from "../../testing/draw-trace.ts";
import { buildSpanTree } from "../trace/span-tree.ts";
import { compareRuns } from "./compare-runs.ts";

/** Each step is one command; `text|command` says something besides. */
function run(...steps: readonly string[]) {
  const drawing = steps.map(
    (_, n) => `  chat${n} COMPLETION ${n * 10}-${n * 10 + 5}\n  sh${n} CODE_EXECUTION ${n * 10 + 5}-${n * 10 + 9}`,
  );
  const extra = Object.fromEntries(
    steps.flatMap((step, n) => {
      const [said, command = said] = step.split("|");
      return [
        [`chat${n}`, { output: said }],
        [`sh${n}`, { name: "bash", input: { command } }],
      ];
    }),
  );
  return buildSpanTree(drawTrace(`run AGENT_WORKFLOW 0-1000\n${drawing.join("\n")}`, extra));
}
const kinds = (a: readonly string[], b: readonly string[]) =>
  compareRuns(run(...a), run(...b)).pairs.map(({ kind }) => kind);

test("equal runs have equal steps and no difference", () => {
  expect(kinds(["ls", "cat a"], ["ls", "cat a"])).toEqual(["same", "same"]);
  expect(compareRuns(run("ls"), run("ls")).firstDifference).toBe(-1);
});

test("a step that only one of them has is set apart, the rest stays aligned", () => {
  expect(kinds(["ls", "cat a", "end"], ["ls", "end"])).toEqual(["same", "only-a", "same"]);
  expect(kinds(["ls", "end"], ["ls", "pwd", "end"])).toEqual(["same", "only-b", "same"]);
});

test("another argument is a difference, other words before the same call are not the first one", () => {
  const compared = compareRuns(run("hi|ls", "cat a"), run("hello|ls", "cat b"));
  expect(compared.pairs.map(({ kind }) => kind)).toEqual(["words", "calls"]);
  expect(compared.firstDifference).toBe(1);
  expect(compared.pairs[1]?.b?.calls).toEqual(["bash cat b"]);
});
