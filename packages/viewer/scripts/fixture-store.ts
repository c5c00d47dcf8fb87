/** What the collector's store answers about many runs (facets, sums, sessions, words), computed from drawn ones. */
import type {
  AggregateRow,
  AggregatesResponse,
  FacetsResponse,
  SearchHit,
  SearchResponse,
  SentMessage,
  SentMessagesResponse,
  SessionListResponse,
  TraceSummary,
} from "@everspan/protocol";
import { messageHash, plainText } from "@everspan/reading";
import { readingOf } from "../src/model/said/reading.ts";
import type { FixtureTrace } from "../src/testing/fixture-traces.ts";

const HOUR_MS = 3_600_000;

export function aggregates(query: URLSearchParams, traces: readonly FixtureTrace[]): AggregatesResponse {
  const bucketMs = query.get("bucket") === "day" ? 24 * HOUR_MS : HOUR_MS;
  const [from, to] = [Date.parse(query.get("from") ?? ""), Date.parse(query.get("to") ?? "")];
  const rows = new Map<string, AggregateRow>();
  for (const { summary } of traces) {
    const atMs = Date.parse(summary.startTime);
    if (atMs < from || atMs >= to) continue;
    const group = groupOf(summary, query.get("by"));
    const time = new Date(Math.floor(atMs / bucketMs) * bucketMs).toISOString();
    rows.set(`${time} ${group}`, added(rows.get(`${time} ${group}`), summary, time, group));
  }
  return { bucketMs, rows: [...rows.values()] };
}

function groupOf(summary: TraceSummary, by: string | null): string | null {
  if (by === "service") return summary.service;
  if (by === "model") return summary.models[0] ?? null;
  if (by === "tool") return summary.spanCount % 2 === 0 ? "shell" : "search";
  return by === "name" ? summary.name : null;
}

function added(before: AggregateRow | undefined, run: TraceSummary, time: string, group: string | null): AggregateRow {
  const typical = (run.durationMs ?? 0) / Math.max(1, run.spanCount / 2);
  const p = before?.durationMs ?? { p50: 0, p90: 0, p95: 0, p99: 0 };
  return {
    time,
    group,
    spanCount: (before?.spanCount ?? 0) + run.spanCount,
    failedSpanCount: (before?.failedSpanCount ?? 0) + run.failedSpanCount,
    inputTokens: (before?.inputTokens ?? 0) + run.inputTokens,
    outputTokens: (before?.outputTokens ?? 0) + run.outputTokens,
    costUsd: (before?.costUsd ?? 0) + (run.costUsd ?? 0),
    durationMs: {
      p50: Math.max(p.p50, typical / 2),
      p90: Math.max(p.p90, typical),
      p95: Math.max(p.p95, typical * 1.4),
      p99: Math.max(p.p99, typical * 2),
    },
  };
}

const FACET_READERS: Readonly<Record<string, (trace: FixtureTrace) => readonly (string | null | undefined)[]>> = {
  status: ({ summary }) => [summary.status],
  service: ({ summary }) => [summary.service],
  model: ({ summary }) => summary.models,
  user: ({ summary }) => [summary.user],
  session: ({ summary }) => [summary.session],
  errorType: ({ spans, summary }) => (summary.errorCount > 0 ? spans.map(({ error }) => error?.type) : []),
  tool: ({ spans }) => spans.filter(({ type }) => type === "CODE_EXECUTION").map(({ name }) => name),
};

export function facets(query: URLSearchParams, traces: readonly FixtureTrace[]): FacetsResponse {
  const found: Record<string, { value: string; count: number }[]> = {};
  for (const field of query.getAll("field")) {
    const counts = new Map<string, number>();
    const status = query.get("status");
    for (const trace of traces.filter(
      ({ spans, summary }) => spans.length < 1000 && (status === null || summary.status === status),
    )) {
      for (const value of new Set(FACET_READERS[field]?.(trace) ?? [])) {
        if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
      }
    }
    found[field] = [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count);
  }
  return { facets: found };
}

export function sessions(query: URLSearchParams, traces: readonly FixtureTrace[]): SessionListResponse {
  const groups = new Map<string, TraceSummary[]>();
  for (const { summary } of traces) {
    const { session, user } = summary;
    if (session === null || (query.has("user") && query.get("user") !== user)) continue;
    groups.set(session, [...(groups.get(session) ?? []), summary]);
  }
  return {
    nextCursor: null,
    sessions: [...groups].map(([session, runs]) => ({
      session,
      user: runs[0]!.user,
      traceCount: runs.length,
      errorCount: runs.filter(({ status }) => status === "ERROR").length,
      startTime: runs.at(-1)!.startTime,
      endTime: runs[0]!.endTime,
      inputTokens: runs.reduce((sum, run) => sum + run.inputTokens, 0),
      outputTokens: runs.reduce((sum, run) => sum + run.outputTokens, 0),
      costUsd: runs.reduce((sum, run) => sum + (run.costUsd ?? 0), 0),
    })),
  };
}

/** Looked for in the first runs only: the others of the list are copies. */
const SEARCHED_TRACES = 12;

export function search(query: URLSearchParams, traces: readonly FixtureTrace[]): SearchResponse {
  const words = (query.get("q") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const limit = Number(query.get("limit") ?? 50);
  const hits: SearchHit[] = [];
  for (const { summary, spans } of traces.slice(0, SEARCHED_TRACES)) {
    if (query.has("traceId") && query.get("traceId") !== summary.traceId) continue;
    for (const span of spans.slice(0, 1000)) {
      for (const place of ["input", "output"] as const) {
        const text = textsOf(span[place]).join("\n");
        const at = text.toLowerCase().indexOf(words[0] ?? "\u0000");
        if (at < 0 || !words.every((word) => text.toLowerCase().includes(word))) continue;
        const from = Math.max(0, at - 60);
        hits.push({
          traceId: summary.traceId,
          spanId: span.id,
          traceName: summary.name,
          spanName: span.name,
          startTime: span.startTime,
          place,
          snippet: text.slice(from, from + 200).replaceAll(/\s/g, " "),
          marks: [[at - from, at - from + words[0]!.length]],
        });
      }
    }
  }
  return { hits: hits.slice(0, limit), nextCursor: hits.length > limit ? "more" : null, indexedUpTo: null };
}

export function sentMessages({ spans }: FixtureTrace): SentMessagesResponse {
  const messages: SentMessage[] = [];
  const calls = spans.slice(0, 1000).flatMap((span) => {
    const { input, call } = readingOf(span);
    if (span.type !== "COMPLETION" || input.kind !== "read") return [];
    const sent = input.value.messages.map((message) => {
      const hash = messageHash(message);
      const known = messages.findIndex((other) => other.hash === hash);
      return known >= 0
        ? known
        : messages.push({ hash, role: message.role, characters: plainText(message).length }) - 1;
    });
    return [{ spanId: span.id, sent, toolsHash: call.tools === undefined ? null : JSON.stringify(call.tools) }];
  });
  return { messages, calls, nextCursor: null };
}

function textsOf(value: unknown): string[] {
  if (typeof value === "string") return value.length > 100_000 ? [] : [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsOf) : [];
}
