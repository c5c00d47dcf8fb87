import type { SearchHit } from "@everspan/protocol";
import { expect, test } from "vitest";
import { drawTrace } from "../../testing/draw-trace.ts";
import { withFound } from "./found-spans.ts";
import { buildSpanTree } from "./span-tree.ts";

const tree = buildSpanTree(drawTrace("run AGENT_WORKFLOW 0-9\n  a COMPLETION 1-2\n  b COMPLETION 3-4"));
const hit = (spanId: string) => ({ spanId }) as SearchHit;

test("what the collector found stands among what was found here, each once, in order", () => {
  expect(withFound([2], tree, [hit("b"), hit("run"), hit("run")])).toEqual([0, 2]);
});

test("spans that are not here, and nothing new, leave the list as it is", () => {
  const here = [1, 2];
  expect(withFound(here, tree, [hit("elsewhere"), hit("a")])).toBe(here);
});
