// @vitest-environment happy-dom
/** What the pages of figures claim stays true: it follows, or the page says of when it is. */
import { focusManager, type QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, configure, render, screen, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { RunSummary } from "../api/run-summary.ts";
import { newQueryClient } from "../state/data/query-client.ts";
import { drawTrace } from "../testing/draw-trace.ts";
import { summarize } from "../testing/summarize.ts";
import ComparePage from "./compare-page.tsx";
import LossesPage from "./losses-page.tsx";
import OverviewPage from "./overview-page.tsx";
import SessionsPage from "./sessions-page.tsx";
import UsersPage from "./users-page.tsx";

/** Some of it is asked for when the page is idle. */
configure({ asyncUtilTimeout: 20_000 });

const SPANS = drawTrace("run AGENT_WORKFLOW 0-10\n  chat COMPLETION 1-9");
const RUN: RunSummary = { ...summarize("a", SPANS), user: "ada", session: "s" };
const NOON = Date.parse("2026-02-01T12:10:00Z");

/** A collector of one run, that answers or does not. */
class Collector {
  isThere = true;
  runs: readonly RunSummary[] = [RUN];
  isTraceCut = false;
  readonly asked: URL[] = [];

  readonly fetch = async (path: string): Promise<Response> => {
    const url = new URL(path, "http://collector");
    this.asked.push(url);
    if (url.pathname === "/api/live") return new Promise(() => {});
    if (!this.isThere) throw new TypeError("no connection");
    if (url.searchParams.has("cursor") && this.isTraceCut) return new Promise(() => {});
    return Response.json(this.#answer(url.pathname));
  };

  askedFor(path: string): URL[] {
    return this.asked.filter(({ pathname }) => pathname === path);
  }

  #answer(path: string): unknown {
    switch (path) {
      case "/api/traces":
        return { traces: this.runs, nextCursor: null };
      case "/api/sessions": {
        const { startTime, endTime, inputTokens, outputTokens, costUsd } = RUN;
        const sums = { traceCount: this.runs.length, errorCount: 0, startTime, endTime };
        return {
          sessions: [{ session: "s", user: "ada", ...sums, inputTokens, outputTokens, costUsd }],
          nextCursor: null,
        };
      }
      case "/api/facets":
        return { facets: { user: [{ value: "ada", count: this.runs.length }] } };
      case "/api/aggregates":
        return { rows: [], bucketMs: 3_600_000 };
      case "/api/producers":
        return { producers: [] };
      default:
        return { trace: RUN, spans: SPANS, producers: [], nextCursor: this.isTraceCut ? "more" : null };
    }
  }
}

let collector: Collector;
let client: QueryClient;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: NOON });
  collector = new Collector();
  client = newQueryClient();
  vi.stubGlobal("fetch", collector.fetch);
});
afterEach(() => {
  cleanup();
  client.clear();
  focusManager.setFocused(undefined);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function show(page: ReactNode): void {
  render(<QueryClientProvider client={client}>{page}</QueryClientProvider>);
}

const PAGES = [
  { name: "Overview", page: <OverviewPage view={{ days: 7, by: "model" }} />, shows: "Volume: spans and failures" },
  { name: "Sessions", page: <SessionsPage view={{ user: null }} />, shows: "session" },
  { name: "Users", page: <UsersPage />, shows: "Of all 1 runs." },
  { name: "Losses", page: <LossesPage />, shows: "Processes that dropped records or fell silent" },
  { name: "Compare", page: <ComparePage view={{ a: "a", b: "b", steps: null }} />, shows: "Run A" },
];

describe.each(PAGES)("$name", ({ name, page, shows }) => {
  const seen = () => (name === "Compare" ? screen.findByLabelText(shows) : screen.findByText(shows));

  test("while the collector gives no answer, what was seen stays, with since when", async () => {
    show(page);
    await seen();
    expect(screen.queryByTestId("stale-banner")).toBeNull();
    collector.isThere = false;
    void client.refetchQueries();
    expect((await screen.findByTestId("stale-banner")).textContent).toContain("stale since");
    await seen();
  });

  // Runs are followed by the live stream.
  if (name === "Compare") return;
  test("a tab that was hidden for long loads again what it shows when it is shown", async () => {
    show(page);
    await seen();
    await waitFor(() => expect(client.isFetching()).toBe(0));
    act(() => focusManager.setFocused(false));
    vi.setSystemTime(NOON + 10 * 60_000);
    const before = collector.asked.length;
    act(() => focusManager.setFocused(true));
    await waitFor(() => {
      const again = new Set(collector.asked.slice(before).map(({ pathname }) => pathname));
      const all = new Set(collector.asked.map(({ pathname }) => pathname));
      expect(again).toEqual(all);
    });
  });
});

test("an answer that is on its way, or can't be had, is not told as none", async () => {
  let refuse: (answer: Response) => void = () => {};
  const waiting = new Promise<Response>((resolve) => {
    refuse = resolve;
  });
  vi.stubGlobal("fetch", (path: string) => (path.startsWith("/api/facets") ? waiting : collector.fetch(path)));
  show(<SessionsPage view={{ user: null }} />);
  const users = await screen.findByLabelText("Users");
  expect(users.textContent).toContain("Loading…");
  refuse(new Response("{}", { status: 400 }));
  await waitFor(() => expect(users.textContent).toContain("They can't be loaded"));
});

test("the figures of one question are not shown as the answer to another that can't be had", async () => {
  const { rerender } = render(
    <QueryClientProvider client={client}>
      <OverviewPage view={{ days: 7, by: "model" }} />
    </QueryClientProvider>,
  );
  await screen.findByText("Volume: spans and failures");
  collector.isThere = false;
  rerender(
    <QueryClientProvider client={client}>
      <OverviewPage view={{ days: 90, by: "model" }} />
    </QueryClientProvider>,
  );
  await screen.findByTestId("error-state");
  expect(screen.queryByText("Volume: spans and failures")).toBeNull();
});

test("nor while that is on its way, but those of an hour ago are until the hour's own have come", async () => {
  const page = (by: "model" | "service") => (
    <QueryClientProvider client={client}>
      <OverviewPage view={{ days: 7, by }} />
    </QueryClientProvider>
  );
  vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"], now: NOON });
  const row = {
    time: "2026-02-01T11:00:00.000000Z",
    spanCount: 1,
    failedSpanCount: 0,
    inputTokens: 0,
    outputTokens: 0,
  };
  const rows = [{ ...row, group: "gpt-4o", costUsd: null, p50Ms: 1, p95Ms: 1, p99Ms: 1 }];
  let isAnswered = true;
  const times = new Set<string>();
  vi.stubGlobal("fetch", (path: string) => {
    if (!path.startsWith("/api/aggregates")) return collector.fetch(path);
    times.add(new URL(path, "http://collector").searchParams.get("to")!);
    return isAnswered ? Promise.resolve(Response.json({ rows, bucketMs: 3_600_000 })) : new Promise(() => {});
  });
  const { rerender } = render(page("model"));
  await screen.findByRole("link", { name: "gpt-4o" });
  isAnswered = false;
  act(() => void vi.advanceTimersByTime(3_600_000));
  await waitFor(() => expect([...times]).toEqual(["2026-02-01T13:00:00.000Z", "2026-02-01T14:00:00.000Z"]));
  expect(screen.getByRole("link", { name: "gpt-4o" })).toBeDefined();
  rerender(page("service"));
  expect(screen.queryByRole("link", { name: "gpt-4o" })).toBeNull();
});

test("runs are compared when all of both is there: what has not arrived is no difference", async () => {
  collector.isTraceCut = true;
  show(<ComparePage view={{ a: "a", b: "b", steps: null }} />);
  await waitFor(() => expect(collector.asked.filter(({ search }) => search === "?cursor=more")).toHaveLength(2));
  await screen.findByText("Loading both runs…");
  expect(screen.queryByTestId("headline")).toBeNull();
});

test("of a run that has not ended nothing is said of its time", async () => {
  vi.stubGlobal("fetch", async (path: string) => {
    if (path.startsWith("/api/live")) return new Promise<Response>(() => {});
    const trace = { ...RUN, durationMs: path.includes("/b?") ? null : RUN.durationMs };
    return Response.json({ trace, spans: SPANS, producers: [], nextCursor: null });
  });
  show(<ComparePage view={{ a: "a", b: "b", steps: null }} />);
  expect((await screen.findByTestId("headline")).textContent).toContain("time unknown while one runs");
});
