// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { createRef } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { buildSpanTree } from "../../model/trace/span-tree.ts";
import { readTraceAddress, type TraceView } from "../../state/address/trace-address.ts";
import { setTicked } from "../../state/run/ticked-step.ts";
import type { RunActions } from "../../state/run/use-run-actions.ts";
import { drawTrace } from "../../testing/draw-trace.ts";
import { RunToolbar } from "./run-toolbar.tsx";

afterEach(() => {
  cleanup();
  setTicked(null);
});

const tree = buildSpanTree(drawTrace("run AGENT_WORKFLOW 0-30\n  a COMPLETION 0-5\n  b COMPLETION 6-10"));

interface Shown {
  readonly view?: Partial<TraceView>;
  readonly matches?: readonly number[];
  readonly selectedId?: string;
}

function show({ view, matches = [], selectedId }: Shown = {}) {
  const actions = { goToMatch: vi.fn(), foldAll: vi.fn(), unfoldAll: vi.fn(), zoomTo: vi.fn() };
  const change = vi.fn();
  render(
    <RunToolbar
      traceId="t1"
      view={{ ...readTraceAddress(new URL("http://here/traces/t1"))!, ...view }}
      matches={matches}
      selected={selectedId === undefined ? undefined : tree.nodes[tree.indexById.get(selectedId)!]}
      actions={actions as unknown as RunActions}
      change={change}
      searchRef={createRef<HTMLInputElement>()}
    />,
  );
  return { actions, change };
}

test("counts what is found, and says which of it is selected", () => {
  show({ view: { find: "word" }, matches: [1, 2], selectedId: "b" });
  expect(screen.getByRole("status").textContent).toBe("2 / 2");
  cleanup();
  show({ view: { find: "word" }, matches: [1, 2] });
  expect(screen.getByRole("status").textContent).toBe("– / 2");
  cleanup();
  show({ view: { find: "word" } });
  expect(screen.getByRole("status").textContent).toBe("none");
});

test("Enter goes to the next match, with Shift to the one before; Escape empties the search", () => {
  const { actions, change } = show({ view: { find: "word" }, matches: [1] });
  const field = screen.getByRole("textbox", { name: "Search in this run" });
  fireEvent.keyDown(field, { key: "Enter" });
  expect(actions.goToMatch).toHaveBeenLastCalledWith(false);
  fireEvent.keyDown(field, { key: "Enter", shiftKey: true });
  expect(actions.goToMatch).toHaveBeenLastCalledWith(true);
  fireEvent.keyDown(field, { key: "Escape" });
  expect(change).toHaveBeenLastCalledWith({ find: "" });
});

test("a zoom is said, and taken back by a click", () => {
  const { actions } = show({ view: { range: { fromMs: 1, toMs: 2 } } });
  fireEvent.click(screen.getByRole("button", { name: /Zoomed/ }));
  expect(actions.zoomTo).toHaveBeenCalledExactlyOnceWith(null);
});

test("a kept step waits for another one, and is compared with it", () => {
  setTicked({ traceId: "t1", spanId: "a" });
  show({ selectedId: "a" });
  expect((screen.getByRole("button", { name: /A step is kept/ }) as HTMLButtonElement).disabled).toBe(true);
  cleanup();
  show({ selectedId: "b" });
  fireEvent.click(screen.getByRole("button", { name: "Compare the kept step with this one" }));
  expect(window.location.pathname + window.location.search).toBe("/compare?a=t1&b=t1&from=a&to=b");
});
