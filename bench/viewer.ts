/**
 * Whether the viewer stays smooth with the largest traces: opens them in headless Chromium, walks through them by
 * keyboard and wheel, and prints the longest task and the longest gap between two frames. Ends with 1 when one is
 * over the limit. Run it by `npm run bench`, or alone after a build: `npx tsx bench/viewer.ts`.
 */
import { readFile, stat } from "node:fs/promises";
import { type Browser, launchBrowser, type Page } from "@everspan/testkit";
import { CollectorExporter, Tracer } from "everspan";
import { CollectorProcess, temporaryFolder } from "../e2e/collector-process.ts";
import { drawTrajectory, recordedRuns } from "../e2e/recorded-runs.ts";
import { parseTrajectory, replayTrajectory } from "../examples/trajectory-replay/src/index.ts";

const LIMIT_MS = 200;
const GENERATED_SPANS = 100_000;
const STEPS_DOWN = 40;
const WHEEL_TURNS = 60;

/** Collects, in the page, what its user would feel. */
const WATCH = `
  const fresh = () => ({ longestTaskMs: 0, longestFrameMs: 0, last: performance.now() });
  window.stutter = fresh();
  window.takeStutter = () => {
    const { longestTaskMs, longestFrameMs } = window.stutter;
    window.stutter = fresh();
    return { longestTaskMs, longestFrameMs };
  };
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      window.stutter.longestTaskMs = Math.max(window.stutter.longestTaskMs, duration);
    }
  }).observe({ type: "longtask", buffered: true });
  requestAnimationFrame(function frame(now) {
    window.stutter.longestFrameMs = Math.max(window.stutter.longestFrameMs, now - window.stutter.last);
    window.stutter.last = now;
    requestAnimationFrame(frame);
  });
`;

interface Stutter {
  readonly longestTaskMs: number;
  readonly longestFrameMs: number;
}

async function recordLargestRun(url: string): Promise<{ name: string; traceId: string }> {
  const sizes = await Promise.all(recordedRuns.map(async (file) => [(await stat(file)).size, file] as const));
  const largest = sizes.toSorted(([a], [b]) => b - a)[0]?.[1];
  const text = largest === undefined ? drawTrajectory("drawn", 100, 10_000) : await readFile(largest, "utf8");
  const tracer = new Tracer({ exporters: [new CollectorExporter({ url })] });
  const run = parseTrajectory(text);
  const { traceId } = await replayTrajectory(tracer, run);
  await deliver(tracer);
  return { name: `${run.instanceId}, ${run.steps.length} steps`, traceId };
}

/** A tree of 100,000 spans, ten children each, four levels deep under the root. */
async function recordLargeTree(url: string): Promise<{ name: string; traceId: string }> {
  const tracer = new Tracer({ exporters: [new CollectorExporter({ url })] });
  const trace = tracer.startTrace();
  const epochMs = Date.UTC(2026, 0, 1);
  const root = trace.startSpan("large tree", { type: "AGENT_WORKFLOW", startTime: epochMs });
  const ids = [root.id];
  for (let i = 1; i < GENERATED_SPANS; i++) {
    const type = i % 10 === 0 ? "COMPLETION" : "CODE_EXECUTION";
    const parentId = ids[Math.floor((i - 1) / 10)]!;
    const span = trace.startSpan(`span ${i}`, { parentId, type, startTime: epochMs + i, input: { i } });
    span.end(epochMs + i + 5);
    ids.push(span.id);
    if (i % 5_000 === 0) await tracer.flush({ timeoutMs: 60_000 });
  }
  root.end(epochMs + GENERATED_SPANS + 5);
  await deliver(tracer);
  return { name: `${GENERATED_SPANS} generated spans`, traceId: trace.id };
}

async function deliver(tracer: Tracer): Promise<void> {
  const { ok } = await tracer.shutdown({ timeoutMs: 60_000 });
  if (!ok) throw new Error(`The trace was not delivered: ${JSON.stringify(tracer.stats().lanes)}`);
}

/** Apart: while the trace is loaded and first drawn, and while its reader walks through it. */
async function measure(browser: Browser, url: string): Promise<{ opening: Stutter; walking: Stutter }> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.addInitScript({ content: WATCH });
  await page.goto(url);
  await page.getByRole("row").nth(1).waitFor();
  const opening = await page.evaluate<Stutter>("takeStutter()");
  await walk(page);
  const walking = await page.evaluate<Stutter>("takeStutter()");
  await page.close();
  return { opening, walking };
}

async function walk(page: Page): Promise<void> {
  await page.getByRole("row").nth(1).click();
  for (let i = 0; i < STEPS_DOWN; i++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("End");
  await page.keyboard.press("Home");
  await page.getByRole("row").nth(1).hover();
  for (let i = 0; i < WHEEL_TURNS; i++) await page.mouse.wheel(0, 2_000);
}

function report(name: string, { longestTaskMs, longestFrameMs }: Stutter): void {
  const milliseconds = (value: number) => `${value.toFixed(0)} ms`;
  console.log(name.padEnd(44) + milliseconds(longestTaskMs).padStart(14) + milliseconds(longestFrameMs).padStart(15));
  if (Math.max(longestTaskMs, longestFrameMs) > LIMIT_MS) process.exitCode = 1;
}

const folder = await temporaryFolder();
const collector = await CollectorProcess.start({ dataDirectory: folder.path });
const browser = await launchBrowser();
try {
  console.log(`${"viewer".padEnd(44)}${"longest task".padStart(14)}${"longest frame".padStart(15)}`);
  for (const record of [recordLargestRun, recordLargeTree]) {
    const { name, traceId } = await record(collector.url);
    const { opening, walking } = await measure(browser, `${collector.url}/traces/${traceId}`);
    report(`${name}, opening`, opening);
    report(`${name}, walking`, walking);
  }
  if (process.exitCode === 1) console.log(`over the limit of ${LIMIT_MS} ms`);
} finally {
  await browser.close();
  await collector.stop();
  await folder.remove();
}
