// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type ChartSeries, TimeChart } from "./time-chart.tsx";

const WIDTH = 600;
const HOUR_MS = 3_600_000;
const TIMES = [0, 1, 2, 3].map((hour) => Date.UTC(2026, 0, 31, hour));

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, "getBoundingClientRect").mockReturnValue({ left: 0, width: WIDTH } as DOMRect);
  HTMLElement.prototype.setPointerCapture = () => {};
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const RUNS: ChartSeries = { label: "Runs", values: [3, 0, 8, 1], color: "--line-strong", isBars: true };
const FAILED: ChartSeries = { label: "Failed", values: [1, null, 2, 0], color: "--red", isBars: true };

function show(series: readonly ChartSeries[], times = TIMES) {
  const onRange = vi.fn();
  const { container } = render(
    <TimeChart
      label="Runs over time"
      times={times}
      bucketMs={HOUR_MS}
      series={series}
      height={50}
      format={(value) => `${value} runs`}
      hasAxes
      onRange={onRange}
    />,
  );
  return { onRange, container, plot: container.querySelector<HTMLElement>("[class*=plot]")! };
}

test("says in words what it draws", () => {
  show([RUNS, FAILED]);
  const name = screen.getByRole("img").getAttribute("aria-label");
  expect(name).toBe("Runs over time: Runs at most 8 runs, Failed at most 2 runs");
});

test("under the pointer each series tells its own value, and nothing where nothing is known", () => {
  const { plot } = show([{ ...RUNS, told: [2, 0, 6, 1] }, FAILED]);
  fireEvent.pointerMove(plot, { clientX: WIDTH * 0.6 });
  expect(plot.textContent).toContain("Runs 6 runs");
  expect(plot.textContent).toContain("Failed 2 runs");
  fireEvent.pointerMove(plot, { clientX: WIDTH * 0.3 });
  expect(plot.textContent).toContain("Failed –");
  fireEvent.pointerLeave(plot);
  expect(plot.textContent).not.toContain("Failed");
});

test("a click is the time of its bar, a drag that of all bars it went over", () => {
  const { plot, onRange } = show([RUNS]);
  const press = (from: number, to: number) => {
    fireEvent.pointerDown(plot, { clientX: from * WIDTH, pointerId: 1 });
    fireEvent.pointerMove(plot, { clientX: to * WIDTH, pointerId: 1 });
    fireEvent.pointerUp(plot, { clientX: to * WIDTH, pointerId: 1 });
  };
  press(0.1, 0.1);
  expect(onRange).toHaveBeenLastCalledWith(TIMES[0], TIMES[1]);
  press(0.9, 0.3);
  expect(onRange).toHaveBeenLastCalledWith(TIMES[1], TIMES[3]! + HOUR_MS);
});

test("a line breaks where nothing is known, and a point alone is a cross", () => {
  const { container } = show([{ label: "p95", values: [1, null, 4, 4], color: "--red" }]);
  const path = container.querySelector("path")!.getAttribute("d")!;
  expect(path.match(/M/g)).toHaveLength(3);
  expect(path.match(/L/g)).toHaveLength(1);
});

test("without a time nothing is drawn and nothing chosen", () => {
  const { plot, onRange } = show([{ ...RUNS, values: [] }], []);
  fireEvent.pointerMove(plot, { clientX: 10 });
  fireEvent.pointerDown(plot, { clientX: 10, pointerId: 1 });
  fireEvent.pointerUp(plot, { clientX: 10, pointerId: 1 });
  expect(onRange).not.toHaveBeenCalled();
});
