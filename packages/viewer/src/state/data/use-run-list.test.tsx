// @vitest-environment happy-dom
import { QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { RunSummary } from "../../api/run-summary.ts";
import { drawTrace } from "../../testing/draw-trace.ts";
import { summarize } from "../../testing/summarize.ts";
import { newQueryClient } from "./query-client.ts";
import { useRunList } from "./use-run-list.ts";

const EVENTUALLY = { timeout: 20_000 };
const SPANS = drawTrace("run AGENT_WORKFLOW 0-10");

/** A collector of many runs, with a live stream that the test writes to. */
class ManyRuns {
  runs: readonly RunSummary[] = Array.from({ length: 120 }, (_, i) => summarize(`run-${i}`, SPANS));
  readonly asked: URLSearchParams[] = [];
  #live: ReadableStreamDefaultController<Uint8Array> | undefined;

  readonly fetch = async (path: string): Promise<Response> => {
    const { pathname, searchParams } = new URL(path, "http://collector");
    if (pathname === "/api/live") {
      return new Response(
        new ReadableStream<Uint8Array>({
          start: (given) => {
            this.#live = given;
          },
        }),
      );
    }
    this.asked.push(searchParams);
    const from = Number(searchParams.get("cursor") ?? 0);
    const to = from + Number(searchParams.get("limit"));
    const nextCursor = to < this.runs.length ? String(to) : null;
    return Response.json({ traces: this.runs.slice(from, to), nextCursor });
  };

  get isFollowed(): boolean {
    return this.#live !== undefined;
  }

  tell(event: string, data: unknown): void {
    this.#live?.enqueue(new TextEncoder().encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
  }
}

let collector: ManyRuns;

beforeEach(() => {
  collector = new ManyRuns();
  vi.stubGlobal("fetch", collector.fetch);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

/** The list with all of its pages loaded. */
async function showAll() {
  const client = newQueryClient();
  const wrapper = ({ children }: { readonly children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  const { result } = renderHook(() => useRunList({ q: "", sort: "-startTime" }), { wrapper });
  for (const count of [50, 100, 120]) {
    await waitFor(() => expect(result.current.list?.rows).toHaveLength(count), EVENTUALLY);
    act(() => result.current.loadMore());
  }
  await waitFor(() => expect(collector.isFollowed).toBe(true), EVENTUALLY);
  // The first refresh is the stream's own beginning.
  await waitFor(() => expect(collector.asked.length).toBeGreaterThan(3), EVENTUALLY);
  collector.asked.length = 0;
  const row = (traceId: string) => result.current.list?.rows.find((run) => run.traceId === traceId);
  return { result, row };
}

test("a run far below the first page that has ended is shown as ended", async () => {
  collector.runs = collector.runs.map((run) => (run.traceId === "run-80" ? { ...run, running: true } : run));
  const { row } = await showAll();
  expect(row("run-80")?.running).toBe(true);
  collector.runs = collector.runs.map((run) => ({ ...run, running: false }));
  collector.tell("trace-updated", { traceId: "run-80" });
  await waitFor(() => expect(row("run-80")?.running).toBe(false), EVENTUALLY);
});

test("after a gap of the stream a run far below that was deleted is no longer there", async () => {
  const { result, row } = await showAll();
  collector.runs = collector.runs.filter(({ traceId }) => traceId !== "run-90");
  collector.tell("resync", {});
  await waitFor(() => expect(row("run-90")).toBeUndefined(), EVENTUALLY);
  expect(result.current.list?.rows).toHaveLength(119);
});

test("a change in the first page loads that page alone", async () => {
  const { row } = await showAll();
  collector.runs = collector.runs.map((run) => (run.traceId === "run-3" ? { ...run, name: "changed" } : run));
  collector.tell("trace-updated", { traceId: "run-3" });
  await waitFor(() => expect(row("run-3")?.name).toBe("changed"), EVENTUALLY);
  expect(collector.asked.map((query) => query.get("limit"))).toEqual(["50"]);
});

test("when the reader is back at the top, what was held in its place is put right", async () => {
  const { result, row } = await showAll();
  act(() => result.current.hold(true));
  collector.runs = collector.runs.map((run) => ({ ...run, name: "changed" }));
  act(() => result.current.hold(false));
  await waitFor(() => expect(row("run-3")?.name).toBe("changed"), EVENTUALLY);
});

test("a next page that can't be had is not asked for without a pause", async () => {
  const failing = vi.fn(async (path: string) =>
    path.includes("cursor=") ? new Response("{}", { status: 500 }) : collector.fetch(path),
  );
  vi.stubGlobal("fetch", failing);
  const client = newQueryClient();
  const { result } = renderHook(
    () => {
      const loaded = useRunList({ q: "", sort: "-startTime" });
      // As a list does that is scrolled to its end.
      loaded.loadMore();
      return loaded;
    },
    {
      wrapper: ({ children }: { readonly children: ReactNode }) => (
        <QueryClientProvider client={client}>{children}</QueryClientProvider>
      ),
    },
  );
  await waitFor(() => expect(result.current.list?.rows).toHaveLength(50), EVENTUALLY);
  const pages = () => failing.mock.calls.filter(([path]) => path.includes("cursor="));
  await waitFor(() => expect(pages()).toHaveLength(1), EVENTUALLY);
  for (let refresh = 0; refresh < 5; refresh++) await act(() => client.refetchQueries({ queryKey: ["runs"] }));
  expect(pages()).toHaveLength(1);
});
