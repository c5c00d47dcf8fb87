import type { StoredSpan } from "@everspan/protocol";
import { QueryClient } from "@tanstack/react-query";
import { afterEach, expect, test, vi } from "vitest";
import { loadTrace, traceKey } from "./use-trace.ts";

afterEach(() => vi.unstubAllGlobals());

const span = (id: string, revision: number): StoredSpan =>
  ({
    phase: "started",
    revision,
    traceId: "t",
    id,
    name: id,
    type: "STANDALONE",
    startTime: "2026-01-31T12:00:00.000000Z",
    status: "OK",
  }) as StoredSpan;

/** A collector with one trace of two pages, in which the first page's span changes as soon as that page was read. */
class ChangingCollector {
  readonly asked: string[] = [];
  #revision = 5;
  #first = span("first", 0);

  answer(path: string): unknown {
    const url = new URL(path, "http://collector");
    this.asked.push(url.search);
    const since = Number(url.searchParams.get("since") ?? 0);
    const trace = { id: "t", revision: this.#revision, running: true, spanCount: 2 };
    if (since > 0)
      return { trace, spans: since < this.#revision ? [this.#first] : [], producers: [], nextCursor: null };
    if (url.searchParams.has("cursor")) return { trace, spans: [span("second", 0)], producers: [], nextCursor: null };
    const page = { trace, spans: [this.#first], producers: [], nextCursor: "next" };
    this.#first = span("first", 7);
    this.#revision = 6;
    return page;
  }
}

test("a change of a page that was read already is in the next patch, though later pages came after it", async () => {
  const collector = new ChangingCollector();
  vi.stubGlobal("fetch", async (path: string) => new Response(JSON.stringify(collector.answer(path))));
  vi.stubGlobal("window", {});
  const client = new QueryClient();
  const { signal } = new AbortController();
  const whole = await loadTrace(client, "t", signal);
  expect(whole.spans.map(({ id, revision }) => [id, revision])).toEqual([
    ["first", 0],
    ["second", 0],
  ]);
  client.setQueryData(traceKey("t"), whole);
  const patched = await loadTrace(client, "t", signal);
  expect(patched.spans.map(({ id, revision }) => [id, revision])).toEqual([
    ["first", 7],
    ["second", 0],
  ]);
  expect(collector.asked).toEqual(["?limit=300", "?cursor=next", "?since=5"]);
  // What did not change is the same object as before.
  expect(patched.spans[1]).toBe(whole.spans[1]);
});

/** What a collector answers whose trace has these spans, the first revision at which each stood being its place. */
function answerOf(spans: readonly StoredSpan[], revision: number, path: string): unknown {
  const since = Number(new URL(path, "http://collector").searchParams.get("since") ?? 0);
  const trace = { traceId: "t", revision, running: false, spanCount: spans.length };
  return { trace, spans: since >= revision ? [] : spans.slice(since), producers: [], nextCursor: null };
}

test.each([
  {
    is: "has received the same spans anew",
    revision: 1,
    spans: ["a", "b", "c"].map((id) => ({ ...span(id, 0), name: "new" })),
  },
  { is: "counts as far, with other spans", revision: 3, spans: [{ ...span("d", 0), name: "new" }] },
])("a collector with another store, which $is: nothing of the one before is left", async ({ revision, spans }) => {
  let answer = (path: string) => answerOf([span("a", 0), span("b", 0), span("c", 0)], 3, path);
  vi.stubGlobal("fetch", async (path: string) => new Response(JSON.stringify(answer(path))));
  vi.stubGlobal("window", {});
  const client = new QueryClient();
  const { signal } = new AbortController();
  client.setQueryData(traceKey("t"), await loadTrace(client, "t", signal));
  answer = (path) => answerOf(spans, revision, path);
  const again = await loadTrace(client, "t", signal);
  expect(again.spans).toEqual(spans);
  expect(again.revision).toBe(revision);
});
