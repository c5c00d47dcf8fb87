// @vitest-environment happy-dom
import { cleanup, fireEvent, render } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { TimeRange } from "../../model/timeline/time-axis.ts";
import { buildSpanTree } from "../../model/trace/span-tree.ts";
import { drawTrace } from "../../testing/draw-trace.ts";
import { Minimap } from "./minimap.tsx";

const WIDTH = 600;

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, "getBoundingClientRect").mockReturnValue({ left: 0, width: WIDTH } as DOMRect);
  HTMLElement.prototype.setPointerCapture = () => {};
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const RUN = `
  run AGENT_WORKFLOW 0-1000
    think COMPLETION 0-600
    ls CODE_EXECUTION 600-900 ERROR
    policy GUARDRAIL 900-1000
`;

function show(range: TimeRange | null = null, selectedMs?: number) {
  const tree = buildSpanTree(drawTrace(RUN));
  const calls = { onRange: vi.fn(), onGo: vi.fn() };
  const { container } = render(
    <Minimap
      tree={tree}
      endMs={tree.endMs}
      range={range}
      selectedMs={selectedMs === undefined ? undefined : tree.startMs + selectedMs}
      {...calls}
    />,
  );
  const map = container.firstElementChild as HTMLElement;
  const drag = (from: number, to: number) => {
    fireEvent.pointerDown(map, { clientX: from * WIDTH, pointerId: 1 });
    fireEvent.pointerMove(map, { clientX: to * WIDTH, pointerId: 1 });
    fireEvent.pointerUp(map, { clientX: to * WIDTH, pointerId: 1 });
  };
  return { tree, map, drag, ...calls };
}

const styleOf = (map: HTMLElement, name: string) => map.querySelector<HTMLElement>(`[class*=${name}]`)?.style;

test("draws one shape for each kind of work, and where it failed", () => {
  const { map } = show();
  const kinds = [...map.querySelectorAll<SVGPathElement>("path[data-kind]")].map(({ dataset }) => dataset.kind);
  expect(kinds).toEqual(["model", "tool", "check"]);
  // The failing span ends at nine tenths of 600 columns.
  expect([...map.querySelectorAll("path")].at(-1)?.getAttribute("d")).toBe("M539 0h3v28h-3z");
});

test("what follows on stays in one lane however narrow, what ran at the same time has another", () => {
  const spans = drawTrace(
    "run AGENT_WORKFLOW 0-9000\n  a COMPLETION 0-3000\n  b CODE_EXECUTION 3001-3003\n  c COMPLETION 3004-9000",
  );
  const apart = drawTrace("run AGENT_WORKFLOW 0-9000\n  a COMPLETION 0-6000\n  b COMPLETION 3000-9000");
  const tops = (drawn: typeof spans) => {
    const tree = buildSpanTree(drawn);
    const { container } = render(
      <Minimap tree={tree} endMs={tree.endMs} range={null} selectedMs={undefined} onRange={vi.fn()} onGo={vi.fn()} />,
    );
    const paths = [...container.querySelectorAll("path[data-kind]")].map((path) => path.getAttribute("d")!);
    return new Set(paths.flatMap((path) => [...path.matchAll(/M\S+ (\S+?)h/g)].map(([, top]) => top)));
  };
  expect(tops(spans)).toEqual(new Set(["4"]));
  expect(tops(apart)).toEqual(new Set(["4", "16"]));
});

test("a click goes to what was going on then", () => {
  const { tree, drag, onGo, onRange } = show();
  drag(0.7, 0.7);
  expect(onGo).toHaveBeenCalledExactlyOnceWith(tree.indexById.get("ls"));
  expect(onRange).not.toHaveBeenCalled();
});

test("a drag chooses a range, whichever way it went; a double click all of it again", () => {
  const { map, drag, onRange, onGo } = show();
  drag(0.75, 0.25);
  expect(onRange).toHaveBeenLastCalledWith({ fromMs: 250, toMs: 750 });
  expect(onGo).not.toHaveBeenCalled();
  fireEvent.doubleClick(map);
  expect(onRange).toHaveBeenLastCalledWith(null);
});

test("shows the range and the selection where they are", () => {
  const { map } = show({ fromMs: 250, toMs: 750 }, 600);
  expect(styleOf(map, "range")?.left).toBe("25%");
  expect(styleOf(map, "range")?.width).toBe("50%");
  expect(styleOf(map, "selected")?.left).toBe("60%");
});

test("a run of an instant is drawn, and has no range without width", () => {
  const tree = buildSpanTree(drawTrace("only STANDALONE 0-0"));
  const { container } = render(
    <Minimap tree={tree} endMs={tree.endMs} range={null} selectedMs={undefined} onRange={vi.fn()} onGo={vi.fn()} />,
  );
  expect(container.querySelector("path")?.getAttribute("d")).toBe("M0 4h1v22.5h-1z");
});
