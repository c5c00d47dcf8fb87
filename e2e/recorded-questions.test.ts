/**
 * The questions of a reader on recorded runs of a coding agent, by keyboard alone from the open list: what is on the
 * screen is held against what the recording says. Keys are counted beside those of the best other viewer, as in
 * `viewer-questions.test.ts`; keys that move to a row are not.
 */
import { readFile } from "node:fs/promises";
import { type Browser, launchBrowser, type Page } from "@everspan/testkit";
import { CollectorExporter, Tracer } from "everspan";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parseTrajectory, replayTrajectory, type Trajectory } from "../examples/trajectory-replay/src/index.ts";
import { CollectorProcess, temporaryFolder } from "./collector-process.ts";
import { ABSENT_REASON, recordedRuns } from "./recorded-runs.ts";
import { openWatchedPage, type WatchedPage } from "./watched-page.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let collector: CollectorProcess;
let browser: Browser;
let watched: WatchedPage;
let page: Page;
let pressed = 0;
const runs = new Map<string, Trajectory>();

beforeAll(async () => {
  if (recordedRuns.length === 0) return;
  folder = await temporaryFolder();
  collector = await CollectorProcess.start({ dataDirectory: folder.path });
  const tracer = new Tracer({ exporters: [new CollectorExporter({ url: collector.url })] });
  for (const path of recordedRuns) {
    const trajectory = parseTrajectory(await readFile(path, "utf8"));
    const { traceId } = await replayTrajectory(tracer, trajectory);
    runs.set(traceId, trajectory);
  }
  expect((await tracer.shutdown({ timeoutMs: 60_000 })).ok).toBe(true);
  browser = await launchBrowser();
});

afterAll(async () => {
  await watched?.close();
  await browser?.close();
  await collector?.stop();
  await folder?.remove();
});

beforeEach(async () => {
  if (recordedRuns.length === 0) return;
  await watched?.close();
  watched = await openWatchedPage(browser, collector.url);
  page = watched.page;
  await page.goto(collector.url);
  await page
    .getByTestId("trace-row")
    .nth(recordedRuns.length - 1)
    .waitFor();
  pressed = 0;
});

async function press(...keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    await page.keyboard.press(key);
    if (key !== "j" && key !== "k") pressed++;
  }
}

/** Opens a run of the list. @returns what was recorded of it */
async function openRun(index: number): Promise<Trajectory> {
  await press(...Array.from({ length: index + 1 }, () => "j"), "Enter");
  await page.getByTestId("story-step").first().waitFor();
  const traceId = decodeURIComponent(new URL(page.url()).pathname.split("/").at(-1)!);
  return runs.get(traceId)!;
}

const text = async (selector: string) => (await page.locator(selector).first().textContent()) ?? "";
const verdict = (kind: string) => text(`[data-testid=verdict] [data-kind=${kind}]`);
const tokensOf = ({ response: { usage } }: Trajectory["steps"][number]) =>
  Number(usage.prompt_tokens) + Number(usage.completion_tokens);
const commandIn = (reply: string) => /```bash\n([\s\S]*?)\n```/.exec(reply)?.[1]?.trim() ?? "";
const words = (code: string) => code.replaceAll(/\s+/g, " ");

describe.skipIf(recordedRuns.length === 0)(recordedRuns.length === 0 ? ABSENT_REASON : "recorded runs", () => {
  test("the list says without a key what each was to do, whether it runs still, and that nothing was lost", async () => {
    const rows = page.getByTestId("trace-row");
    for (const row of await rows.all()) {
      expect((await row.locator(".trace-name").textContent())!.length).toBeGreaterThan(20);
      expect(await row.locator("[data-state=running], [data-liveness]").count()).toBe(0);
      expect(await row.textContent()).not.toContain("dropped");
    }
    expect(pressed).toBe(0);
  });

  test.each(recordedRuns.map((_, index) => index))(
    "run %s: what it did, where time and money went: one key",
    async (index) => {
      const recorded = await openRun(index);
      expect(pressed).toBe(1);
      const first = recorded.steps[0]!;
      const step = await text("[data-testid=story-step]");
      expect(words(step)).toContain(words(commandIn(first.reply.content)).slice(0, 40));
      expect(await text("[aria-label='Sums of the run']")).toContain(`${recorded.steps.length} steps`);
      expect(await verdict("time")).toMatch(/^\d+ % of the time .*longest: /);
      const hasCosts = recorded.steps.some(({ costUsd }) => costUsd > 0);
      const measure = hasCosts ? ({ costUsd }: Trajectory["steps"][number]) => costUsd : tokensOf;
      const most = Math.max(...recorded.steps.map(measure));
      const number = recorded.steps.findIndex((step) => measure(step) === most) + 1;
      expect(await verdict("money")).toMatch(new RegExp(`^Most (expensive|tokens): step ${number} `));
      expect(watched.faults).toEqual([]);
    },
  );

  test("where it went wrong: said above the story where a run failed, and not where none did", async () => {
    for (let index = 0; index < recordedRuns.length; index++) {
      await page.goto(collector.url);
      await page.getByTestId("trace-row").first().waitFor();
      pressed = 0;
      await openRun(index);
      const failures = await page.locator("[data-testid=verdict] [data-kind=failure]").count();
      const errors = /(\d+) errors?/.exec(await text("[aria-label='Sums of the run']"));
      expect(failures).toBe(errors === null ? 0 : 1);
      expect(pressed).toBe(1);
    }
  });

  test("what was said, and what is new since the step before: one key", async () => {
    await openRun(0);
    await press("j", "j", "j");
    const inspector = page.getByTestId("inspector-scroll");
    await inspector.getByText("New in this step").first().waitFor();
    expect(await inspector.getByTestId("message").count()).toBeGreaterThan(0);
    expect(pressed).toBe(1);
  });

  test("what changed between any two steps: three keys", async () => {
    await openRun(0);
    await press("j", "x", "j", "j", "j", "j", "x");
    await page.getByTestId("sent-pair").first().waitFor();
    expect(await text("[data-testid=headline]")).toMatch(/B was sent \d+ messages? more/);
    expect(pressed).toBe(3);
  });

  test("what changed between two runs: three keys", async () => {
    await press("j", "x", "j", "x", "c");
    await page.getByTestId("headline").waitFor();
    expect(await text("[data-testid=headline]")).toMatch(/First difference: step \d+/);
    expect(pressed).toBe(3);
  });

  test("a story loads each message once, not the whole history at each step", async () => {
    const bodies: Promise<number>[] = [];
    const index = [...runs.values()].reduce(
      (best, run, at, all) => (run.steps.length > all[best]!.steps.length ? at : best),
      0,
    );
    const [traceId, recorded] = [...runs][index]!;
    const sent = recorded.steps.reduce(
      (sum, { historyLength }) =>
        sum + recorded.messages.slice(0, historyLength).reduce((all, { content }) => all + content.length, 0),
      0,
    );
    const distinct = recorded.messages.reduce((sum, { content }) => sum + content.length, 0);
    page.on("response", (response) => {
      if (!response.url().includes("/api/traces/")) return;
      bodies.push(
        response.body().then(
          ({ length }) => length,
          () => 0,
        ),
      );
    });
    await page.goto(`${collector.url}/traces/${traceId}`);
    await page.getByTestId("story-step").first().waitFor();
    const story = page.getByTestId("story");
    for (let seen = ""; ; ) {
      await story.evaluate((element) => element.scrollBy(0, element.clientHeight));
      await expect.poll(() => story.getByText(/^Loading/).count()).toBe(0);
      const last = (await page.getByTestId("story-step").last().getAttribute("data-span-id"))!;
      const isAtEnd = await story.evaluate((e) => e.scrollTop + e.clientHeight >= e.scrollHeight - 2);
      if (isAtEnd && last === seen) break;
      seen = last;
    }
    const bytes = (await Promise.all(bodies)).reduce((sum, length) => sum + length, 0);
    console.log(
      `story of ${recorded.steps.length} steps read to its end: ${bytes} bytes; its distinct messages are ${distinct} characters, all that was sent ${sent}`,
    );
    expect(bytes).toBeLessThan(distinct * 3);
  });
});
