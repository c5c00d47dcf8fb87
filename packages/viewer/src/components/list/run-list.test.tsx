// @vitest-environment happy-dom
import type { SearchHit } from "@everspan/protocol";
import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { createRef } from "react";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { RunSummary } from "../../api/run-summary.ts";
import { newQueryClient } from "../../state/data/query-client.ts";
import type { LoadedRunList } from "../../state/data/use-run-list.ts";
import type { SearchHits } from "../../state/data/use-search-hits.ts";
import { drawTrace } from "../../testing/draw-trace.ts";
import { giveLayout } from "../../testing/give-layout.ts";
import { summarize } from "../../testing/summarize.ts";
import { layoutOf, RUN_COLUMNS } from "./columns.tsx";
import { RunList } from "./run-list.tsx";

afterEach(cleanup);

const NO_HITS: SearchHits = { hits: [], hasMore: false };

const drawn = (traceId: string, change: Partial<RunSummary> = {}): RunSummary => ({
  ...summarize(traceId, drawTrace("run AGENT_WORKFLOW 0-1000\n  chat COMPLETION 0-900")),
  ...change,
});

function show(runs: readonly RunSummary[], activeId: string | null = null, found: SearchHits = NO_HITS, q = "") {
  const calls = { onSort: vi.fn(), onActive: vi.fn(), onTick: vi.fn() };
  const loaded: LoadedRunList = {
    list: undefined,
    isLoadingMore: false,
    error: undefined,
    loadedAtMs: 0,
    retry: vi.fn(),
    loadMore: vi.fn(),
    hold: vi.fn(),
    showHeld: vi.fn(),
  };
  giveLayout(1400, 800);
  render(
    <QueryClientProvider client={newQueryClient()}>
      <RunList
        runs={{ rows: runs, held: [], nextCursor: null }}
        loaded={loaded}
        found={found}
        view={{ q, sort: "-startTime" }}
        activeId={activeId}
        ticked={new Set()}
        gridRef={createRef<HTMLDivElement>()}
        {...calls}
      />
    </QueryClientProvider>,
  );
  return calls;
}

class ObservedAt390 {
  readonly #tell: (entries: readonly object[]) => void;
  constructor(tell: (entries: readonly object[]) => void) {
    this.#tell = tell;
  }
  observe(): void {
    this.#tell([{ contentRect: { width: 390 } }]);
  }
  unobserve(): void {}
  disconnect(): void {}
}

describe("the list of runs", () => {
  test("says what was asked and answered, by name where nobody knows what was asked", () => {
    show([drawn("a", { asked: "Where is my refund?", answered: "It was sent." }), drawn("b", { name: "nightly" })]);
    const [first, second] = screen.getAllByTestId("trace-row");
    expect(first?.textContent).toContain("Where is my refund?→ It was sent.");
    expect(second?.textContent).toContain("nightly");
  });

  test("a run that lost records is no plain OK", () => {
    show([drawn("a", { droppedRecords: 741 })]);
    const row = screen.getByTestId("trace-row");
    expect(row.querySelector("[data-state=partial]")).not.toBeNull();
    expect(row.textContent).toContain("741 records dropped");
  });

  test("one fault counts once, and says how many spans failed with it", () => {
    show([drawn("a", { errorCount: 1, failedSpanCount: 4, status: "ERROR" })]);
    expect(screen.getByTitle("1 error, 3 spans above failed with it").textContent).toBe("1");
  });

  test("is one grid whose active row is told, and whose heads sort", () => {
    const calls = show([drawn("a"), drawn("b")], "b");
    expect(screen.getByRole("grid").getAttribute("aria-activedescendant")).toBe("run-b");
    fireEvent.click(screen.getByRole("button", { name: "Started" }));
    expect(calls.onSort).toHaveBeenCalledWith("startTime");
    fireEvent.click(screen.getAllByRole("checkbox")[0]!);
    expect(calls.onTick).toHaveBeenCalledWith("a");
  });

  test("what was found in the runs' words stands above them, the words marked, and opens where they were said", () => {
    const hit: SearchHit = {
      traceId: "t9",
      spanId: "s 1",
      traceName: "refund \u202e9",
      spanName: "lookup",
      startTime: "2026-01-31T12:00:00.000000Z",
      place: "output",
      snippet: "the card ending in 1234 was charged",
      marks: [[4, 8]],
    };
    const calls = show([drawn("a")], "t9 s 1 output", { hits: [hit], hasMore: false }, "card status:error");
    const row = screen.getByTestId("hit-row");
    expect(row.textContent).toContain("refund ‹U+202E›9");
    expect(row.querySelector("mark")?.textContent).toBe("card");
    expect(row.getAttribute("aria-selected")).toBe("true");
    expect(screen.getByRole("grid").getAttribute("aria-activedescendant")).toBe(row.id);
    expect(row.querySelector("a")?.getAttribute("href")).toBe("/traces/t9?span=s+1&find=card");
    expect(screen.getByText("Said in 1 place")).toBeDefined();
    fireEvent.click(row);
    expect(calls.onActive).toHaveBeenCalledWith("t9 s 1 output");
  });

  test("columns give way to a narrow window, and to the reader's choice, but never the words", () => {
    const keys = (width: number, hidden: readonly string[] = []) =>
      layoutOf(RUN_COLUMNS, width, hidden).columns.map(({ key }) => key);
    expect(keys(1400)).toHaveLength(RUN_COLUMNS.length);
    expect(keys(800)).toEqual(["state", "when", "what", "errors", "steps", "duration", "cost"]);
    expect(layoutOf(RUN_COLUMNS, 390, [])).toMatchObject({ isNarrow: true, template: "16px minmax(0, 1fr)" });
    expect(keys(1400, ["what", "cost"])).not.toContain("cost");
    expect(keys(1400, ["what"])).toContain("what");
  });

  test("on a phone each run has two lines: what was asked, and when, how long, how much, what failed", () => {
    vi.stubGlobal("ResizeObserver", ObservedAt390);
    show([drawn("a", { asked: "Where is my refund?", costUsd: 0.25, errorCount: 2, stepCount: 1, droppedRecords: 3 })]);
    vi.unstubAllGlobals();
    const row = screen.getByTestId("trace-row");
    expect(row.textContent).toMatch(/Where is my refund\?\d\d:\d\d1 s1 step\$0\.250.*2.*3 records dropped/);
  });
});
