import type { ProducerSummary } from "@everspan/protocol";
import { expect, test } from "vitest";
import { drawTrace } from "../../testing/draw-trace.ts";
import { mergeSpans, withProducerStates } from "./merge-spans.ts";
import { buildSpanTree, spanTreeSteps } from "./span-tree.ts";
import { runWhole } from "./steps.ts";

const running = () =>
  drawTrace(`
    run     AGENT_WORKFLOW 0-
      think COMPLETION     10-300
      ls    CODE_EXECUTION 310-
  `);
const later = () =>
  drawTrace(`
    run     AGENT_WORKFLOW 0-
      think COMPLETION     10-300
      ls    CODE_EXECUTION 310-400
      more  COMPLETION     410-
  `).map((span) => (span.id === "ls" ? { ...span, revision: 2 } : span));

test("a whole answer keeps what did not change, and so do its nodes", () => {
  const before = running();
  const after = mergeSpans(before, later(), false);
  expect(after.map(({ id }) => id)).toEqual(["run", "think", "ls", "more"]);
  expect(after.map((span, i) => span === before[i])).toEqual([true, true, false, false]);

  const tree = buildSpanTree(before);
  const grown = runWhole(spanTreeSteps(after, tree));
  expect(grown.nodes[1]).toBe(tree.nodes[1]);
  expect(grown.nodes[0]).not.toBe(tree.nodes[0]);
});

test("a patch changes what it holds, adds what is new, and leaves the rest", () => {
  const before = running();
  const after = mergeSpans(before, later().slice(2), true);
  expect(after.map(({ id, phase }) => [id, phase])).toEqual([
    ["run", "started"],
    ["think", "ended"],
    ["ls", "ended"],
    ["more", "started"],
  ]);
  expect(after[0]).toBe(before[0]);
});

test("a span whose process is silent now is another, though its revision is the same", () => {
  const before = running();
  const stalled = before.map((span) => ({ ...span, producerState: "stalled" as const }));
  expect(mergeSpans(before, stalled, false)[0]).toBe(stalled[0]);
});

test("a process that is lost now makes its open spans lost, though no patch holds them", () => {
  const before = running().map((span) => ({ ...span, producerId: "p" }));
  const lost = [{ id: "p", state: "lost" }] as unknown as readonly ProducerSummary[];
  const after = withProducerStates(before, lost);
  expect(after.map(({ producerState }) => producerState)).toEqual(["lost", undefined, "lost"]);
  expect(withProducerStates(after, lost)[0]).toBe(after[0]);
});
