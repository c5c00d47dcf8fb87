// @vitest-environment happy-dom
import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, configure, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { RunSummary } from "../api/run-summary.ts";
import { newQueryClient } from "../state/data/query-client.ts";
import { drawTrace } from "../testing/draw-trace.ts";
import { summarize } from "../testing/summarize.ts";
import UsersPage from "./users-page.tsx";

/** The page asks when it is idle. */
configure({ asyncUtilTimeout: 20_000 });

const RUN = summarize("r", drawTrace("run AGENT_WORKFLOW 0-10"));
let runs: readonly RunSummary[] = [];

beforeEach(() => {
  vi.stubGlobal("fetch", async () => Response.json({ traces: runs, nextCursor: null }));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function show() {
  render(
    <QueryClientProvider client={newQueryClient()}>
      <UsersPage />
    </QueryClientProvider>,
  );
}

test("each user has a line with the sums of their runs, which lead to them and to their sessions", async () => {
  const ada = { ...RUN, user: "ada", inputTokens: 1000, outputTokens: 500, costUsd: 0.25 };
  runs = [
    { ...ada, session: "s1" },
    { ...ada, session: "s1", status: "ERROR" },
    { ...ada, session: null, costUsd: null },
    { ...RUN, user: "grace" },
    { ...RUN, user: null },
  ];
  show();
  const [first, second] = await screen.findAllByTestId("user-row");
  expect([...first!.querySelectorAll("td")].map((cell) => cell.textContent?.trim())).toEqual([
    "ada",
    "1",
    "3",
    "1",
    "10 ms",
    "4.5k",
    "$0.500",
    expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d$/),
  ]);
  expect([...first!.querySelectorAll("a")].map((link) => link.getAttribute("href"))).toEqual([
    "/?q=user%3Aada",
    "/sessions?user=ada",
  ]);
  expect(second!.textContent).toContain("grace");
  expect(screen.getByText("Of all 5 runs; 1 of them say no user.")).toBeDefined();
});

test("where no run says for whom it ran, the page says how that is told", async () => {
  runs = [{ ...RUN, user: null }];
  show();
  expect((await screen.findByTestId("no-users")).textContent).toContain("user.id");
});
