// @vitest-environment happy-dom
import type { StoredSpan } from "@everspan/protocol";
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { createRef } from "react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { TimeRange } from "../../model/timeline/time-axis.ts";
import { visibleRows } from "../../model/timeline/trace-rows.ts";
import { ALL_OPEN, type Fold } from "../../model/trace/fold.ts";
import { buildSpanTree } from "../../model/trace/span-tree.ts";
import type { RunActions } from "../../state/run/use-run-actions.ts";
import { drawTrace, spanAt } from "../../testing/draw-trace.ts";
import { giveLayout } from "../../testing/give-layout.ts";
import { Timeline } from "./timeline.tsx";

beforeEach(() => giveLayout(1000, 900));
afterEach(cleanup);

interface Shown {
  readonly selectedId?: string;
  readonly fold?: Fold;
  readonly range?: TimeRange;
  readonly matches?: readonly number[];
}

function show(spans: readonly StoredSpan[], { selectedId, fold = ALL_OPEN, range, matches = [] }: Shown = {}) {
  const tree = buildSpanTree(spans);
  const actions = { select: vi.fn(), fold: vi.fn(), zoomTo: vi.fn(), zoomToSpan: vi.fn(), openInspector: vi.fn() };
  render(
    <Timeline
      tree={tree}
      rows={visibleRows(tree, fold)}
      fold={fold}
      range={range ?? null}
      matches={matches}
      selectedIndex={selectedId === undefined ? undefined : tree.indexById.get(selectedId)}
      endMs={tree.endMs}
      mainRef={createRef<HTMLDivElement>()}
      actions={actions as unknown as RunActions}
    />,
  );
  return { tree, actions };
}

const row = (id: string) => screen.getAllByTestId("span-row").find(({ dataset }) => dataset.spanId === id)!;
const bar = (id: string) => row(id).querySelector<HTMLElement>(".bar");

const RUN = `
  run AGENT_WORKFLOW 0-1000
    think COMPLETION 100-600
      stream COMPLETION 150-550
    ls CODE_EXECUTION 610-660
      exec CODE_EXECUTION 620-650 ERROR
    done GUARDRAIL 670-680
`;

describe("the timeline", () => {
  test("is one tree grid: each row says its level, and the selected one is the active descendant", () => {
    show(drawTrace(RUN), { selectedId: "stream" });
    const grid = screen.getByRole("treegrid");
    expect(
      screen.getAllByTestId("span-row").map((element) => element.ariaLevel ?? element.getAttribute("aria-level")),
    ).toEqual(["1", "2", "3", "2", "3", "2"]);
    expect(grid.getAttribute("aria-activedescendant")).toBe(row("stream").id);
    expect(row("stream").getAttribute("aria-selected")).toBe("true");
    expect(grid.getAttribute("aria-rowcount")).toBe("7");
  });

  test("a bar stands where its span ran, and takes its share of the run", () => {
    show(drawTrace(RUN));
    expect(bar("think")?.style.width).toBe("50%");
    expect(Number.parseFloat(bar("ls")?.style.width ?? "")).toBeCloseTo(5);
    expect(within(row("think")).getByText("500 ms")).toBeDefined();
  });

  test("zoomed, what ran outside of the range has no bar, what reaches into it is cut", () => {
    show(drawTrace(RUN), { range: { fromMs: 500, toMs: 600 } });
    expect(bar("ls")).toBeNull();
    expect(bar("think")?.style.width).toBe("100%");
  });

  test("what the run's end waited for is marked, and what took a tenth of it by itself is", () => {
    show(drawTrace(`${RUN}    aside TEXT_OUTPUT 100-120`));
    expect(bar("aside")?.dataset.critical).toBe("false");
    expect(bar("think")?.dataset.critical).toBe("true");
    expect(row("stream").querySelector(".hot")).not.toBeNull();
    expect(row("ls").querySelector(".hot")).toBeNull();
  });

  test("a failed span says so; folded away, its ancestor does", () => {
    show(drawTrace(RUN));
    expect(within(row("exec")).getByText("Error")).toBeDefined();
    cleanup();
    show(drawTrace(RUN), { fold: { base: "folded", toggled: new Set() } });
    expect(screen.getAllByTestId("span-row").map(({ dataset }) => dataset.spanId)).toEqual([
      "run",
      "think",
      "ls",
      "done",
    ]);
    expect(within(row("ls")).getByTitle("1 error below")).toBeDefined();
    expect(row("ls").getAttribute("aria-expanded")).toBe("false");
  });

  test("a click selects, the triangle folds, a double click on a bar zooms to it", () => {
    const { actions, tree } = show(drawTrace(RUN));
    fireEvent.click(row("ls"));
    expect(actions.select).toHaveBeenCalledWith(tree.indexById.get("ls"));
    fireEvent.click(within(row("think")).getByRole("button", { name: "Fold" }));
    expect(actions.fold).toHaveBeenCalledWith(tree.indexById.get("think"));
    expect(actions.select).toHaveBeenCalledTimes(1);
    fireEvent.doubleClick(bar("think")!);
    expect(actions.zoomToSpan).toHaveBeenCalledWith(tree.indexById.get("think"));
  });

  test("a span that has not ended reaches to the end of what is known and is no finished bar", () => {
    show(drawTrace("run AGENT_WORKFLOW 0-\n  think COMPLETION 100-900\n  draft COMPLETION 900-"));
    expect(bar("draft")?.dataset.open).toBe("true");
    expect(bar("think")?.dataset.open).toBe("false");
  });

  test("what has lost its parent, or is its own ancestor, stands as a root and says why", () => {
    const orphan = { ...spanAt("orphan", 5, 9), parentId: "never-arrived" };
    const circle = [
      { ...spanAt("a", 1, 4), parentId: "b" },
      { ...spanAt("b", 2, 3), parentId: "a" },
    ];
    show([...drawTrace("run AGENT_WORKFLOW 0-10"), orphan, ...circle]);
    expect(within(row("orphan")).getByTitle("Its parent is not in this trace")).toBeDefined();
    expect(screen.getByTitle("It is its own ancestor; shown as a root")).toBeDefined();
  });

  test("hidden characters of a name are spelled out, and matches are marked", () => {
    show(drawTrace("run AGENT_WORKFLOW 0-10", { run: { name: "safe\u202egpj.exe" } }), { matches: [0] });
    expect(row("run").textContent).toContain("safe‹U+202E›gpj.exe");
    expect(row("run").dataset.match).toBe("true");
  });
});
