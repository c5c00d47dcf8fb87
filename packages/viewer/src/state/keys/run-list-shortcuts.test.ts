// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { navigate } from "../address/location.ts";
import { runListShortcuts } from "./run-list-shortcuts.ts";

function pressEnter(activeId: string | null, traceIds: readonly string[]): string {
  navigate("/");
  const ref = { current: null };
  const stops = traceIds.map((traceId) => ({ key: traceId, traceId, address: `/traces/${traceId}` }));
  const { shortcuts } = runListShortcuts({
    stops,
    activeId,
    ticked: new Set(),
    grid: ref,
    search: ref,
    activate: () => {},
    tick: () => {},
  });
  shortcuts.find(({ keys }) => keys.includes("Enter"))!.run(new KeyboardEvent("keydown", { key: "Enter" }));
  return window.location.pathname;
}

test("Enter opens the run that is chosen, and the first while none is", () => {
  expect(pressEnter("b", ["a", "b"])).toBe("/traces/b");
  expect(pressEnter(null, ["a", "b"])).toBe("/traces/a");
});

test("Enter opens nothing where there is no run, or where the chosen one is no longer shown", () => {
  expect(pressEnter(null, [])).toBe("/");
  expect(pressEnter("gone", ["a", "b"])).toBe("/");
});
