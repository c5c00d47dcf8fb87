/**
 * What a reader of the viewer waits for, measured in headless Chromium against a collector of its own: the list, a run of
 * 100,000 spans, the story of the largest recorded run, a payload of 20 MB, a search. Each is taken several times and
 * the median told beside its limit; ends with 1 when one is over. `npx tsx bench/viewer.ts` after a build.
 */
import { readFile, stat } from "node:fs/promises";
import { type Browser, launchBrowser, type Page } from "@everspan/testkit";
import { CollectorExporter, Tracer } from "everspan";
import { CollectorProcess, temporaryFolder } from "../e2e/collector-process.ts";
import { drawTrajectory, recordedRuns } from "../e2e/recorded-runs.ts";
import { parseTrajectory, replayTrajectory } from "../examples/trajectory-replay/src/index.ts";
import { BLANK_PAGE, framesWhileScrolling, WATCH_PAGE } from "./viewer-page.ts";

const ROUNDS = 3;
const HUGE_SPANS = 100_000;
const SEARCHED_SPANS = 10_000;
const LISTED_RUNS = 200;
/** 20 MB. */
const LARGE_LINES = 620_000;
const VIEWPORT = { width: 1280, height: 800 };
const FIRST_PAGE_BYTES = 150 * 1024;

interface Recorded {
  readonly huge: string;
  readonly large: string;
  readonly searched: string;
  readonly story: string;
  readonly storyName: string;
}

async function record(url: string): Promise<Recorded> {
  const tracer = new Tracer({ exporters: [new CollectorExporter({ url })] });
  for (let i = 0; i < LISTED_RUNS; i++) {
    await tracer
      .trace(`listed-${i}`)
      .span(`run ${i}`, { type: "AGENT_WORKFLOW", input: `question ${i}` }, async () => i);
  }
  const { run, name } = await largestRun();
  const { traceId: story } = await replayTrajectory(tracer, run);
  const searched = await recordTree(tracer, SEARCHED_SPANS);
  const huge = await recordTree(tracer, HUGE_SPANS);
  const { ok } = await tracer.shutdown({ timeoutMs: 60_000 });
  if (!ok) throw new Error(`The runs were not delivered: ${JSON.stringify(tracer.stats().lanes)}`);
  return { huge, large: await recordLarge(url), searched, story, storyName: name };
}

async function largestRun() {
  const sizes = await Promise.all(recordedRuns.map(async (file) => [(await stat(file)).size, file] as const));
  const largest = sizes.toSorted(([a], [b]) => b - a)[0]?.[1];
  const run = parseTrajectory(
    largest === undefined ? drawTrajectory("drawn", 100, 10_000) : await readFile(largest, "utf8"),
  );
  return { run, name: `${run.instanceId}, ${run.steps.length} steps` };
}

/** A tool that printed 20 MB, as OpenTelemetry sends it: the SDK's own capture would shorten it. */
async function recordLarge(url: string): Promise<string> {
  const traceId = "f6".repeat(16);
  const text = (value: string) => ({ stringValue: value });
  const startTimeUnixNano = String(Date.UTC(2026, 0, 1) * 1e6);
  const span = {
    traceId,
    spanId: "f6".repeat(8),
    name: "cat",
    startTimeUnixNano,
    endTimeUnixNano: startTimeUnixNano.replace(/.$/, "9"),
    attributes: [
      { key: "gen_ai.operation.name", value: text("execute_tool") },
      { key: "gen_ai.tool.call.result", value: text("a line of what a program printed\n".repeat(LARGE_LINES)) },
    ],
  };
  const answer = await fetch(new URL("/v1/traces", url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
  });
  if (!answer.ok) throw new Error(`20 MB were not taken: ${answer.status} ${await answer.text()}`);
  return traceId;
}

/** Ten children each. */
async function recordTree(tracer: Tracer, count: number): Promise<string> {
  const trace = tracer.startTrace();
  const epochMs = Date.UTC(2026, 0, 1);
  const root = trace.startSpan("large tree", { type: "AGENT_WORKFLOW", startTime: epochMs });
  const ids = [root.id];
  for (let i = 1; i < count; i++) {
    const type = i % 10 === 0 ? "COMPLETION" : "CODE_EXECUTION";
    const parentId = ids[Math.floor((i - 1) / 10)]!;
    const input = { i, command: `look into file ${i} of the working directory` };
    const span = trace.startSpan(`span ${i}`, { parentId, type, startTime: epochMs + i, input });
    span.end(epochMs + i + 5);
    ids.push(span.id);
    if (i % 5_000 === 0) await tracer.flush({ timeoutMs: 60_000 });
  }
  root.end(epochMs + count + 5);
  await tracer.flush({ timeoutMs: 60_000 });
  return trace.id;
}

/** In a context of its own: nothing is cached. */
async function inFreshPage<T>(browser: Browser, act: (page: Page) => Promise<T>): Promise<T> {
  const context = await browser.newContext({ viewport: VIEWPORT });
  const page = await context.newPage();
  await page.addInitScript({ content: WATCH_PAGE });
  try {
    return await act(page);
  } finally {
    await context.close();
  }
}

/**
 * Milliseconds from the navigation to the frame that shows the first element, in a tab that shows a picture of the same
 * collector: what a browser takes to start a process for an address is not the viewer's.
 */
async function painted(page: Page, url: string, selector: string): Promise<number> {
  await page.goto(new URL("/favicon.svg", url).href);
  await page.goto(url);
  return page.evaluate(`paintedWith(${JSON.stringify(selector)})`);
}

/** Until the first rows are there and a key moves the selection. */
async function usable(page: Page, url: string): Promise<number> {
  await painted(page, url, "[data-testid=span-row]");
  await page.keyboard.press("ArrowDown");
  return page.evaluate(`paintedWith("[data-testid=span-row][aria-selected=true]")`);
}

/** Bytes over the wire until the list is painted, the runs themselves not counted. */
async function firstPageBytes(page: Page, url: string): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  const assets = new Set<string>();
  let bytes = 0;
  session.on("Network.responseReceived", ({ requestId, response }) => {
    if (!new URL(response.url).pathname.startsWith("/api/")) assets.add(requestId);
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (assets.has(requestId)) bytes += encodedDataLength;
  });
  await painted(page, url, "[data-testid=trace-row]");
  return bytes;
}

/** From the choice of the span to its text on the screen, the collector's part included. */
async function payloadShown(page: Page, url: string): Promise<number> {
  await painted(page, url, "[data-testid=span-row]");
  return page.evaluate(`afterClick("[data-testid=span-row]", ".show-more")`);
}

/** From the last byte of what is loaded of it first to its text on the screen. */
async function payloadDrawn(page: Page, url: string): Promise<number> {
  await payloadShown(page, url);
  return page.evaluate(`performance.now() - bytesArrivedMs("/spans/")`);
}

/** From asking for all of it to its being there for reading on, for search in it and for copying. */
async function wholePayload(page: Page, url: string): Promise<number> {
  await payloadShown(page, url);
  return page.evaluate(
    `afterClick("[data-testid=beginning-note] button", "body:not(:has([data-testid=beginning-note]))")`,
  );
}

async function searched(page: Page, url: string): Promise<number> {
  await painted(page, url, "[data-testid=span-row]");
  await page.evaluate(`whole(${SEARCHED_SPANS})`);
  await page.keyboard.press("/");
  await page.keyboard.type("file 424");
  await page.getByText(/\/ \d/).first().waitFor();
  await page.evaluate("watchSearch()");
  await page.keyboard.press("2");
  return page.evaluate("searchMs");
}

interface Figure {
  readonly what: string;
  readonly limit: number;
  readonly unit: "ms" | "KB";
  readonly measure: () => Promise<number>;
}

function figures(browser: Browser, url: string, runs: Recorded): readonly Figure[] {
  const ms = (what: string, limit: number, act: (page: Page) => Promise<number>): Figure => ({
    what,
    limit,
    unit: "ms",
    measure: () => inFreshPage(browser, act),
  });
  const huge = `${url}/traces/${runs.huge}?view=timeline`;
  const large = `${url}/traces/${runs.large}?view=timeline`;
  return [
    ms("a picture of the collector painted", Number.POSITIVE_INFINITY, (page) =>
      painted(page, `${url}/favicon.svg?again`, "svg"),
    ),
    ms("list painted after navigation", 500, (page) => painted(page, url, "[data-testid=trace-row]")),
    {
      what: "first page over the wire",
      limit: FIRST_PAGE_BYTES / 1024,
      unit: "KB",
      measure: async () => (await inFreshPage(browser, (page) => firstPageBytes(page, url))) / 1024,
    },
    ms("100,000 spans usable", 1000, (page) => usable(page, huge)),
    ms("a frame while a blank page scrolls, p95", Number.POSITIVE_INFINITY, async (page) => {
      await page.goto("about:blank");
      await page.setContent(BLANK_PAGE);
      return framesWhileScrolling(page);
    }),
    ms("a frame while 100,000 spans scroll, p95", 50, async (page) => {
      await painted(page, huge, "[data-testid=span-row]");
      await page.evaluate(`whole(${HUGE_SPANS})`);
      return framesWhileScrolling(page);
    }),
    ms(`story of ${runs.storyName}`, 500, (page) =>
      painted(page, `${url}/traces/${runs.story}`, "[data-testid=story-step]"),
    ),
    ms("20 MB of output, from its choice to its text", Number.POSITIVE_INFINITY, (page) => payloadShown(page, large)),
    ms("20 MB of output, after the bytes of its beginning", 300, (page) => payloadDrawn(page, large)),
    ms("20 MB of output, all of it after asking", Number.POSITIVE_INFINITY, (page) => wholePayload(page, large)),
    ms("search over 10,000 spans", 100, (page) => searched(page, `${url}/traces/${runs.searched}?view=timeline`)),
  ];
}

async function report({ what, limit, unit, measure }: Figure): Promise<void> {
  const values: number[] = [];
  for (let round = 0; round < ROUNDS; round++) values.push(await measure());
  const sorted = values.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)]!;
  const isOver = median > limit;
  if (isOver) process.exitCode = 1;
  const told = `${median.toFixed(0)} ${unit}`.padStart(10);
  const range = `(${sorted[0]!.toFixed(0)} to ${sorted.at(-1)!.toFixed(0)})`.padEnd(18);
  console.log(
    `${what.padEnd(52)}${told} ${range}${Number.isFinite(limit) ? `at most ${limit} ${unit}` : ""}${isOver ? "  OVER" : ""}`,
  );
}

const folder = await temporaryFolder();
const collector = await CollectorProcess.start({ dataDirectory: folder.path });
const browser = await launchBrowser();
try {
  const runs = await record(collector.url);
  for (const figure of figures(browser, collector.url, runs)) await report(figure);
} finally {
  await browser.close();
  await collector.stop();
  await folder.remove();
}
process.exit();
