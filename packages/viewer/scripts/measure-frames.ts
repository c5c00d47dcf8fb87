/**
 * Measures how long the page stops in Chromium (its longest tasks, beyond 50 ms) while large traces are opened, walked
 * through by key, searched, folded and read. `npx tsx packages/viewer/scripts/measure-frames.ts`
 */
import type { Page } from "playwright-core";
import { launchBrowser } from "./browser.ts";
import { startFixtureServer } from "./fixture-server.ts";
import { trajectoryTrace } from "./trajectory-trace.ts";

const HUGE = "/traces/e5huge0000000000000000000000000e5?view=timeline";
const HELD_KEY_PRESSES = 60;

declare global {
  interface Window {
    longTasks: number[];
  }
}

async function measure(page: Page, what: string, act: () => Promise<unknown>): Promise<void> {
  await page.evaluate(() => {
    window.longTasks.length = 0;
  });
  const startedMs = Date.now();
  await act();
  await page.waitForTimeout(600);
  const tasks = await page.evaluate(() => window.longTasks.map(Math.round).sort((a, b) => b - a));
  console.log(
    `${what.padEnd(46)} longest ${String(tasks[0] ?? 0).padStart(4)} ms, ${tasks.length} over 50 ms, took ${Date.now() - startedMs - 600} ms`,
  );
}

async function press(page: Page, key: string, times: number): Promise<void> {
  for (let n = 0; n < times; n++) await page.keyboard.press(key);
}

const recorded = trajectoryTrace("recorded");
const server = await startFixtureServer(0, recorded === undefined ? [] : [recorded]);
const browser = await launchBrowser();
const page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
await page.addInitScript(() => {
  window.longTasks = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.longTasks.push(entry.duration);
  }).observe({ type: "longtask", buffered: true });
});
await page.goto(server.url);
await page.waitForSelector("[data-testid=trace-row]");

await measure(page, "open 100,000 spans", async () => {
  await page.goto(server.url + HUGE);
  await page.waitForSelector("[data-testid=span-row]");
});
await measure(page, "hold arrow down", () => press(page, "ArrowDown", HELD_KEY_PRESSES));
await measure(page, "go to the end", () => press(page, "End", 1));
await measure(page, "next error", () => press(page, "e", 5));
await measure(page, "fold all", () => press(page, "-", 1));
await measure(page, "unfold all", () => press(page, "+", 1));
await measure(page, "search", async () => {
  await page.keyboard.press("/");
  await page.keyboard.type("completion s99", { delay: 30 });
  await page.keyboard.press("Enter");
});
await measure(page, "open a tool span of 20 MB", async () => {
  await page.goto(`${server.url}/traces/f6large000000000000000000000000f6?span=cat`);
  await page.waitForSelector(".show-more");
});
await measure(page, "show the next half megabyte", () => page.click(".show-more"));
await measure(page, "go to a model span of 20 MB", async () => {
  await page.goto(`${server.url}/traces/f6large000000000000000000000000f6?span=ask`);
  await page.waitForSelector("[data-testid=message]");
});
await measure(page, "its raw JSON", () => page.click("[data-part=raw] .earlier"));
if (recorded === undefined) {
  console.log("no recorded runs beside the repository: those measurements are left out");
} else {
  await measure(page, "open the recorded run", async () => {
    await page.goto(`${server.url}/traces/recorded`);
    await page.waitForSelector("[data-testid=story-step]");
  });
  await measure(page, "hold arrow down through its payloads", () => press(page, "ArrowDown", HELD_KEY_PRESSES));
  await measure(page, "open its last step (MBs of history)", async () => {
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowUp");
    await page.waitForSelector("[data-testid=message]");
  });
  await measure(page, "unfold its earlier messages", () => page.click(".earlier"));
  await measure(page, "show its raw JSON", () => page.click("[data-part=raw] .earlier"));
}
await browser.close();
server.close();
process.exit();
