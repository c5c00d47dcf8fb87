// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { RunSummary } from "../../api/run-summary.ts";
import { listPlace } from "../../state/browser/list-place.ts";
import { runListKey } from "../../state/data/run-list.ts";
import { useShortcuts } from "../../state/keys/shortcuts.ts";
import { agentRun } from "../../testing/agent-run.ts";
import { summarize } from "../../testing/summarize.ts";
import Palette from "./palette.tsx";

beforeEach(() => {
  HTMLElement.prototype.scrollIntoView = () => {};
});
afterEach(cleanup);

function Page({ show, move }: { readonly show: () => void; readonly move: () => void }) {
  useShortcuts({
    title: "One run",
    shortcuts: [
      { keys: ["t"], does: "Timeline", run: show },
      { keys: ["j"], does: "Next span", isMove: true, run: move },
    ],
  });
  return null;
}

function show(runs: readonly RunSummary[] = []) {
  const client = new QueryClient();
  client.setQueryData(runListKey(listPlace().address), { rows: runs, nextCursor: null, held: [] });
  const calls = { show: vi.fn(), move: vi.fn(), onClose: vi.fn() };
  render(
    <QueryClientProvider client={client}>
      <Page {...calls} />
      <Palette onClose={calls.onClose} />
    </QueryClientProvider>,
  );
  return { ...calls, input: screen.getByPlaceholderText(/Type a command/) };
}

const offers = () => screen.queryAllByRole("option").map(({ textContent }) => textContent);

test("offers what the registry holds with its keys, without what only moves", () => {
  show();
  expect(offers()).toEqual(["Timelinet"]);
});

test("Enter does what is chosen, and closes first", () => {
  const { input, show: act, onClose } = show();
  fireEvent.change(input, { target: { value: "time" } });
  fireEvent.keyDown(input, { key: "Enter" });
  expect(act).toHaveBeenCalledTimes(1);
  expect(onClose).toHaveBeenCalledTimes(1);
});

test("finds a run of the list by what was asked, and goes there", () => {
  const { input } = show([{ ...summarize("t1", agentRun()), asked: "Why is the sky blue?" }]);
  fireEvent.change(input, { target: { value: "sky" } });
  expect(offers()).toEqual(["Why is the sky blue?t1"]);
  fireEvent.keyDown(input, { key: "Enter" });
  expect(window.location.pathname).toBe("/traces/t1");
});

test("says so when nothing is called that", () => {
  const { input } = show();
  fireEvent.change(input, { target: { value: "nothing is called that" } });
  expect(offers()).toEqual([]);
  screen.getByText("Nothing is called that.");
});
