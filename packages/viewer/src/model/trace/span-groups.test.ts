import { expect, test } from "vitest";
import { drawTrace } from "../../testing/draw-trace.ts";
import { sortedGroups, spanGroups } from "./span-groups.ts";
import { buildSpanTree } from "./span-tree.ts";

const tree = buildSpanTree(
  drawTrace(
    `
    run   AGENT_WORKFLOW 0-100
      a   COMPLETION     0-10
      b   COMPLETION     10-40
      ls  CODE_EXECUTION 40-90 ERROR
  `,
    {
      a: { name: "chat", inputTokens: 5, costUsd: 1 },
      b: { name: "chat", inputTokens: 7, outputTokens: 1 },
    },
  ),
);

test("spans of one name and type are summed; a parent's sum is not counted again", () => {
  const groups = spanGroups(tree);
  const chat = groups.find(({ name }) => name === "chat");
  expect(chat).toMatchObject({
    count: 2,
    totalMs: 40,
    p50Ms: 10,
    p95Ms: 30,
    inputTokens: 12,
    outputTokens: 1,
    costUsd: 1,
  });
  expect(groups.find(({ name }) => name === "run")).toMatchObject({ inputTokens: 0, costUsd: 0, selfMs: 10 });
});

test("they are ordered by any figure, either way", () => {
  const names = (...sort: Parameters<typeof sortedGroups> extends [unknown, ...infer Rest] ? Rest : never) =>
    sortedGroups(spanGroups(tree), ...sort).map(({ name }) => name);
  expect(names("totalMs", true)).toEqual(["run", "ls", "chat"]);
  expect(names("errorCount", true)[0]).toBe("ls");
  expect(names("name", false)).toEqual(["chat", "ls", "run"]);
});
