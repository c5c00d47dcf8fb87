/**
 * Serves the built viewer with drawn traces, under the collector's own security headers: for pictures and for work on
 * the viewer without a collector. `npx tsx packages/viewer/scripts/fixture-server.ts [PORT]`
 */
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cutLongTexts, type StoredSpan, type TraceSummary } from "@everspan/protocol";
import { type FixtureTrace, fixtureTraces } from "../src/testing/fixture-traces.ts";
import { aggregates, facets, search, sentMessages, sessions } from "./fixture-store.ts";

const DIST = fileURLToPath(new URL("../dist", import.meta.url));
const INLINE_PAYLOAD_BYTES = 4096;
const PAGE_SIZE = 50;
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/** What the server plays: a collector with traces, the same before the newest run began, one without, one that fails. */
export type FixtureMode = "full" | "earlier" | "empty" | "down";

/** A request says which, so that several pages are looked at side by side. */
export const FIXTURE_MODE_HEADER = "x-fixture-mode";
/** How often an earlier collector says that something may have changed. */
const RESYNC_MS = 300;

export interface FixtureServer {
  readonly url: string;
  close(): void;
}

/** @param nowMs when it is: the same instant shows the same page */
export async function startFixtureServer(
  port = 0,
  more: readonly FixtureTrace[] = [],
  nowMs = Date.now(),
): Promise<FixtureServer> {
  const traces = [...more, ...fixtureTraces(nowMs)];
  const fixture = { url: "", close: () => server.close() };
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://fixture");
    response.setHeader("content-security-policy", CSP);
    const mode = (request.headers[FIXTURE_MODE_HEADER] ?? "full") as FixtureMode;
    if (url.pathname.startsWith("/api/")) answerApi(response, url, mode, traces);
    else sendFile(response, url.pathname);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  fixture.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return fixture;
}

function answerApi(response: ServerResponse, url: URL, mode: FixtureMode, traces: readonly FixtureTrace[]): void {
  if (mode === "down") sendJson(response, 503, { error: { code: "DOWN", message: "out of order" } });
  else if (url.pathname === "/api/live") sendLive(response, mode);
  else if (url.pathname === "/api/facets") sendJson(response, 200, facets(url.searchParams, known(mode, traces)));
  else if (url.pathname === "/api/aggregates")
    sendJson(response, 200, aggregates(url.searchParams, known(mode, traces)));
  else if (url.pathname === "/api/sessions") sendJson(response, 200, sessions(url.searchParams, known(mode, traces)));
  else if (url.pathname === "/api/search") sendJson(response, 200, search(url.searchParams, known(mode, traces)));
  else if (url.pathname === "/api/openapi.json")
    sendJson(response, 200, { paths: { "/v1/traces": {}, "/api/traces/{traceId}/export": {} } });
  else if (url.pathname === "/api/producers")
    sendJson(response, 200, { producers: traces.flatMap(({ producers }) => producers ?? []) });
  else if (url.pathname === "/api/traces") sendJson(response, 200, listPage(url.searchParams, known(mode, traces)));
  else sendTraceOrSpan(response, url, traces);
}

function known(mode: FixtureMode, traces: readonly FixtureTrace[]): readonly FixtureTrace[] {
  return mode === "empty" ? [] : mode === "earlier" ? traces.slice(1) : traces;
}

/** As the collector does: what one answer holds at most. */
const PAGE_SPANS = 2000;

function sendTraceOrSpan(response: ServerResponse, url: URL, traces: readonly FixtureTrace[]): void {
  const [, , , traceId, , spanId] = url.pathname.split("/").map(decodeURIComponent);
  const trace = traces.find(({ summary }) => summary.traceId === traceId);
  if (url.pathname.endsWith("/export")) {
    response.writeHead(200, { "content-type": "application/x-ndjson" }).end(JSON.stringify(trace?.summary));
    return;
  }
  const isOfMessages = url.pathname.endsWith("/messages");
  const found = isOfMessages
    ? trace && sentMessages(trace)
    : spanId === undefined
      ? trace && tracePage(trace, Number(url.searchParams.get("cursor") ?? 0))
      : trace?.spans.find(({ id }) => id === spanId);
  const limit = url.searchParams.get("textLimit");
  if (found !== undefined && limit !== null) sendCut(response, JSON.stringify(found), Number(limit));
  else if (found === undefined) sendJson(response, 404, { error: { code: "UNKNOWN", message: "nothing has this id" } });
  else sendJson(response, 200, found);
}

function tracePage({ summary, spans, producers }: FixtureTrace, from: number) {
  const to = from + PAGE_SPANS;
  return {
    trace: summary,
    spans: spans.slice(from, to).map(withoutLargePayloads),
    producers: producers ?? [],
    nextCursor: to < spans.length ? String(to) : null,
  };
}

function listPage(query: URLSearchParams, traces: readonly FixtureTrace[]) {
  const text = (query.get("q") ?? "").toLowerCase();
  const status = query.get("status");
  const found = traces
    .map(({ summary }) => summary)
    .filter((trace) => `${trace.name} ${trace.asked}`.toLowerCase().includes(text) || trace.traceId.startsWith(text))
    .filter((trace) => FIELDS.every((field) => !query.has(field) || query.get(field) === trace[field]))
    .filter(
      (trace) => status === null || (status === "RUNNING" ? trace.running : trace.status === status && !trace.running),
    );
  const sorted = sortedBy(query.get("sort") ?? "", found);
  const from = Number(query.get("cursor") ?? 0);
  const to = from + Number(query.get("limit") ?? PAGE_SIZE);
  return { traces: sorted.slice(from, to), nextCursor: to < sorted.length ? String(to) : null };
}

const FIELDS = ["service", "session", "user", "name"] as const;

/** By the keys that the Overview asks for; the drawn order is the newest first. */
function sortedBy(sort: string, runs: readonly TraceSummary[]): readonly TraceSummary[] {
  if (sort === "-durationMs") return [...runs].sort((a, b) => (b.durationMs ?? 0) - (a.durationMs ?? 0));
  if (sort === "-costUsd") return [...runs].sort((a, b) => (b.costUsd ?? 0) - (a.costUsd ?? 0));
  return sort === "startTime" ? [...runs].reverse() : runs;
}

function withoutLargePayloads(span: StoredSpan): StoredSpan {
  const lean: Record<string, unknown> = { ...span };
  for (const name of ["input", "output", "data"]) {
    const bytes = JSON.stringify(lean[name])?.length ?? 0;
    if (bytes > INLINE_PAYLOAD_BYTES) lean[name] = { omitted: true, bytes };
  }
  return lean as unknown as StoredSpan;
}

function sendLive(response: ServerResponse, mode: FixtureMode): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write("retry: 1000\n\n");
  if (mode !== "earlier") return;
  const timer = setInterval(() => response.write("event: resync\ndata: {}\n\n"), RESYNC_MS);
  response.once("close", () => clearInterval(timer));
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function sendCut(response: ServerResponse, whole: string, textLimit: number): void {
  const steps = cutLongTexts(whole, textLimit);
  let step = steps.next();
  while (!step.done) step = steps.next();
  const { json, cut } = step.value;
  response.writeHead(200, { "content-type": "application/json" });
  response.end(cut.length === 0 ? whole : `${json.slice(0, -1)},"cutTexts":${JSON.stringify(cut)}}`);
}

function sendFile(response: ServerResponse, path: string): void {
  const isAsset = extname(path) !== "" && !path.includes("..") && existsSync(join(DIST, path));
  const file = isAsset ? path : "/index.html";
  response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
  response.end(readFileSync(join(DIST, file)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await startFixtureServer(Number(process.argv[2] ?? 0));
  console.log(`listening on ${url}`);
}
