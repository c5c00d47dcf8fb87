import { expect, test } from "vitest";
import { drawTrace } from "../../testing/draw-trace.ts";
import { findSpans } from "./search.ts";
import { buildSpanTree } from "./span-tree.ts";

const tree = buildSpanTree(
  drawTrace(
    `
    run     AGENT_WORKFLOW 0-100
      chat  COMPLETION     0-10
      bash  CODE_EXECUTION 10-20 ERROR
  `,
    {
      chat: { model: "gpt-4o", output: "First I Reproduce_Issue here." },
      bash: {
        input: { command: "grep -n prepare_content_length" },
        output: { lines: 214 },
        error: { type: "CommandFailed", message: "exit 1" },
      },
    },
  ),
);
const found = (query: string) => findSpans(tree, query).map((index) => tree.nodes[index]!.span.id);

test("what a row shows is found: replies, commands, results, errors, names and types, in any case", () => {
  expect(found("reproduce_issue")).toEqual(["chat"]);
  expect(found("prepare_content_length")).toEqual(["bash"]);
  expect(found("214")).toEqual(["bash"]);
  expect(found("commandfailed exit")).toEqual(["bash"]);
  expect(found("code execution")).toEqual(["bash"]);
  expect(found("gpt-4o")).toEqual(["chat"]);
});

test("every word must occur, and no word finds nothing", () => {
  expect(found("grep gpt")).toEqual([]);
  expect(found("  ")).toEqual([]);
});
