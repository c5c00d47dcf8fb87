// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { buildSpanTree } from "../../model/trace/span-tree.ts";
import { drawTrace } from "../../testing/draw-trace.ts";
import { KindFilter } from "./kind-filter.tsx";

afterEach(cleanup);

test("each kind says how much of the time was its own, and a press leaves it out or brings it back", () => {
  const tree = buildSpanTree(drawTrace("run AGENT_WORKFLOW 0-1000\n  a COMPLETION 0-300\n  b COMPLETION 300-900"));
  const onChange = vi.fn();
  const { rerender } = render(<KindFilter tree={tree} hidden={new Set()} onChange={onChange} />);
  const [model] = screen.getAllByRole("button").filter(({ dataset }) => dataset.kind === "model");
  expect(model?.textContent).toContain("900 ms");
  fireEvent.click(model!);
  expect([...onChange.mock.calls[0]![0]]).toEqual(["model"]);
  rerender(<KindFilter tree={tree} hidden={new Set(["model"])} onChange={onChange} />);
  expect(model?.getAttribute("aria-pressed")).toBe("false");
  fireEvent.click(model!);
  expect([...onChange.mock.calls[1]![0]]).toEqual([]);
});
