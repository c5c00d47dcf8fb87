/**
 * The nine questions of a reader, each answered by keyboard alone from the open list, with the keys counted: what did it
 * do, where did time and money go, where did it go wrong, what was said, what changed between steps and between runs, is
 * it still running, what was lost.
 */
import { type Browser, launchBrowser } from "@everspan/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type FixtureServer, startFixtureServer } from "../packages/viewer/scripts/fixture-server.ts";
import { openWatchedPage, type WatchedPage } from "./watched-page.ts";

let browser: Browser;
let server: FixtureServer;
let watched: WatchedPage;
let pressed = 0;

beforeAll(async () => {
  server = await startFixtureServer();
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
  server.close();
});

beforeEach(async () => {
  await watched?.close();
  watched = await openWatchedPage(browser, server.url);
  await watched.page.goto(server.url);
  await watched.page.getByTestId("trace-row").first().waitFor();
  pressed = 0;
});

async function press(...keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    await watched.page.keyboard.press(key);
    pressed++;
  }
}

/** The coding agent's run is the second of the list. */
async function openRun(): Promise<void> {
  await press("j", "j", "Enter");
  await watched.page.getByTestId("story-step").first().waitFor();
}

const text = async (selector: string) => (await watched.page.locator(selector).first().textContent()) ?? "";
const verdict = (kind: string) => text(`[data-testid=verdict] [data-kind=${kind}]`);
const selectedId = () => new URL(watched.page.url()).searchParams.get("span");

describe("from the open list, by keyboard", () => {
  test("what was it asked, and what came out: no key at all", async () => {
    const row = await watched.page.getByTestId("trace-row").nth(1).textContent();
    expect(row).toContain("drops the last row of a CSV file");
    expect(pressed).toBe(0);
  });

  test("what did the agent do: three keys to a story of its steps, tools joined", async () => {
    await openRun();
    const step = await text("[data-testid=story-step]");
    expect(step).toContain("The parser drops the last row");
    expect(step).toContain("Let me look at how the parser is laid out");
    expect(step).toContain("ls -R src/csv");
    expect(step).toContain("exit 0");
    expect(pressed).toBeLessThanOrEqual(3);
  });

  test("where did time and money go: the same three keys", async () => {
    await openRun();
    expect(await verdict("time")).toMatch(/\d+ % of the time in claude-sonnet-4-5.*step 3/);
    expect(await verdict("money")).toMatch(/Dearest: step 5.*\$0\.0/);
    expect(pressed).toBeLessThanOrEqual(3);
  });

  test("where did time go by tool and model: one key more", async () => {
    await openRun();
    await press("b");
    await watched.page.getByTestId("group-row").first().waitFor();
    expect(await text("[data-testid=group-row]")).toContain("chat claude-sonnet");
    expect(pressed).toBeLessThanOrEqual(4);
  });

  test("where did it go wrong: named immediately, and one key to the cause", async () => {
    await openRun();
    expect(await verdict("failure")).toContain("npm test ended with exit code 1");
    await press("e");
    await expect.poll(selectedId).toBe("shell-3");
    await watched.page.getByTestId("inspector-scroll").getByText("runShell").waitFor();
    expect(pressed).toBeLessThanOrEqual(4);
  });

  test("what exactly was said, and what is new in a step: a key a step", async () => {
    await openRun();
    await press("j", "j", "j", "j");
    await watched.page.getByTestId("inspector-scroll").getByText("New in this step").waitFor();
    expect(await text("[data-testid=inspector-scroll]")).toContain("Its own reply".toLowerCase());
    expect(pressed).toBeLessThanOrEqual(7);
  });

  test("what changed between two runs: tick two, compare", async () => {
    await press("j", "j", "x", "j", "x", "c");
    await watched.page.getByTestId("headline").waitFor();
    expect(await text("[data-testid=headline]")).toMatch(/First difference: step 1/);
    expect(pressed).toBeLessThanOrEqual(6);
  });

  test("is it still running: said in the list, no key", async () => {
    expect(await text("[data-testid=trace-row] [data-state=running]")).toContain("Running");
    expect(await text("[data-testid=trace-row] [data-liveness=stalled]")).toContain("stalled");
    expect(await text("[data-testid=trace-row] [data-liveness=lost]")).toContain("lost");
  });

  test("what was lost: two keys to the losses, by process and by run", async () => {
    await press("g", "l");
    await watched.page.getByText("12 when the queue held as many as it may").first().waitFor();
    await watched.page.getByText("741 records dropped").first().waitFor();
    expect(pressed).toBe(2);
  });
});

describe("going about", () => {
  test("words are found in what was said, and the place where they stand is three keys away", async () => {
    const { page } = watched;
    await press("/");
    await page.keyboard.type("finishRow");
    await page.getByTestId("hit-row").first().waitFor();
    pressed = 0;
    await press("ArrowDown", "Enter");
    await page.getByTestId("inspector-scroll").waitFor();
    expect(new URL(page.url()).searchParams.get("find")).toBe("finishRow");
    expect(selectedId()).not.toBeNull();
    expect(pressed).toBe(2);
    expect(watched.faults).toEqual([]);
  });

  test("runs of one conversation: two keys to the sessions, two more to the runs of the newest", async () => {
    const { page } = watched;
    await press("g", "s");
    await page.getByTestId("session-row").first().waitFor();
    await press("j", "Enter");
    await page.getByTestId("trace-row").first().waitFor();
    expect(new URL(page.url()).searchParams.get("q")).toBe("session:conversation-1000");
    expect(await page.getByTestId("trace-row").count()).toBe(4);
    expect(watched.faults).toEqual([]);
  });

  test("every figure of the overview leads to its runs", async () => {
    const { page } = watched;
    await press("g", "o");
    await page.getByRole("region", { name: "By service" }).getByRole("link", { name: "coding-agent" }).click();
    await page.getByTestId("trace-row").first().waitFor();
    expect(new URL(page.url()).searchParams.get("q")).toMatch(/^service:coding-agent from:.* to:/);
    await page.goBack();
    const chart = page.getByRole("img", { name: /^Volume/ });
    const box = (await chart.boundingBox())!;
    await page.mouse.click(box.x + box.width - 2, box.y + box.height / 2);
    await expect.poll(() => new URL(page.url()).searchParams.get("q")).toMatch(/^from:.* to:/);
    expect(watched.faults).toEqual([]);
  });

  test("back finds filter, place and row as they were; the next run needs no list", async () => {
    const { page } = watched;
    await press("/");
    await page.keyboard.type("refund");
    await expect.poll(() => page.url()).toContain("q=refund");
    await page.keyboard.press("ArrowDown");
    for (let n = 0; n < 14; n++) await page.keyboard.press("j");
    const row = page.locator("[data-testid=trace-row][aria-selected=true]");
    const traceId = await row.getAttribute("data-trace-id");
    await page.keyboard.press("Enter");
    await page.getByTestId("story-step").first().waitFor();
    await page.keyboard.press("Escape");
    await row.waitFor();
    expect(await row.getAttribute("data-trace-id")).toBe(traceId);
    expect(page.url()).toContain("q=refund");

    await page.keyboard.press("Enter");
    await page.getByTestId("story-step").first().waitFor();
    await page.keyboard.press("]");
    await expect.poll(() => new URL(page.url()).pathname).not.toContain(traceId);
    expect(watched.faults).toEqual([]);
  });

  test("the palette knows every command, and the help every key", async () => {
    const { page } = watched;
    await openRun();
    await page.keyboard.press("Control+k");
    await page.getByPlaceholder("Type a command").fill("timeline");
    await page.keyboard.press("Enter");
    await page.getByTestId("span-row").first().waitFor();
    await page.keyboard.press("?");
    const dialog = page.getByRole("dialog", { name: "Keyboard shortcuts" });
    for (const words of ["Next cause of failure", "Story", "Go to Overview"]) await dialog.getByText(words).waitFor();
    expect(watched.faults).toEqual([]);
  });

  test("search finds what stands on the screen", async () => {
    const { page } = watched;
    await openRun();
    await press("/");
    await page.keyboard.type("finishRow");
    await expect.poll(() => text(".match-count")).toMatch(/\/ \d/);
    await page.keyboard.press("Enter");
    await expect.poll(selectedId).not.toBeNull();
    expect(watched.faults).toEqual([]);
  });
});
