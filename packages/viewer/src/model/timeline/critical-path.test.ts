import { expect, test } from "vitest";
import { drawTrace } from "../../testing/draw-trace.ts";
import { buildSpanTree } from "../trace/span-tree.ts";
import { criticalPath } from "./critical-path.ts";

function path(drawing: string): string[] {
  const tree = buildSpanTree(drawTrace(drawing));
  const onPath = criticalPath(tree);
  return tree.nodes.filter(({ index }) => onPath.has(index)).map(({ span }) => span.id);
}

test("of parallel spans the one that ended last was waited for, and what it waited for", () => {
  const drawn = path(`
    run      AGENT_WORKFLOW 0-100
      first  COMPLETION     0-20
      fast   CODE_EXECUTION 20-40
      slow   CODE_EXECUTION 20-80
        part STANDALONE     30-70
      last   COMPLETION     80-100
  `);
  expect(drawn).toEqual(["run", "first", "slow", "part", "last"]);
});

test("what goes on after its parent's end held nothing up", () => {
  const drawn = path(`
    run     AGENT_WORKFLOW 0-100
      after STANDALONE     50-150
      work  COMPLETION     0-90
  `);
  expect(drawn).toEqual(["run", "work"]);
});
