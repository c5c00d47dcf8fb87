// @vitest-environment happy-dom
import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { buildSpanTree } from "../../model/trace/span-tree.ts";
import { newQueryClient } from "../../state/data/query-client.ts";
import { agentRun } from "../../testing/agent-run.ts";
import { StepComparison } from "./step-comparison.tsx";

afterEach(cleanup);

function show(from: string, to: string) {
  const tree = buildSpanTree(agentRun());
  const { container } = render(
    <QueryClientProvider client={newQueryClient()}>
      <StepComparison trees={[tree, tree]} steps={{ from, to }} />
    </QueryClientProvider>,
  );
  return container;
}

test("two steps of one run: what the later one was sent besides, and how their answers differ", () => {
  show("think-2", "think-4");
  expect(screen.getByTestId("headline").textContent).toContain("B was sent 4 messages more.");
  expect(screen.getAllByTestId("sent-pair")).toHaveLength(4);
  expect(screen.getByRole("region", { name: "What each answered" }).querySelector("ins")).not.toBeNull();
});

test("in the other order it is what is gone", () => {
  show("think-4", "think-2");
  expect(screen.getByTestId("headline").textContent).toContain("B was sent 4 messages no longer.");
});

test("a step with itself, and a step that is not there", () => {
  show("think-2", "think-2");
  expect(screen.getByTestId("headline").textContent).toContain("Both were sent the same 4 messages.");
  cleanup();
  expect(show("think-2", "nobody").textContent).toContain("not in its run");
});
