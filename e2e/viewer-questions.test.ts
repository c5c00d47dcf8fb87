/**
 * The nine questions of a reader, each answered by keyboard alone from the open list, and again by pointer, with keys and
 * clicks counted beside those of the best other viewer. Keys that move to a row are counted apart: a pointer goes there,
 * too, before it clicks.
 */
import { type Browser, launchBrowser } from "@everspan/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type FixtureServer, startFixtureServer } from "../packages/viewer/scripts/fixture-server.ts";
import { openWatchedPage, type WatchedPage } from "./watched-page.ts";

let browser: Browser;
let server: FixtureServer;
let watched: WatchedPage;
let pressed = 0;
let moved = 0;
let clicked = 0;

/** What the best of Jaeger, Langfuse, LangSmith, Logfire and Sentry takes from its open list; null: none answers it. */
const BEST_ELSEWHERE = {
  "what did it do": 2,
  "where did time go": 2,
  "where did money go": 2,
  "where did it go wrong": 1,
  "what was said": 2,
  "what changed between two steps": null,
  "what changed between two runs": 3,
  "is it still running": 0,
  "what was lost": null,
} as const;
type Question = keyof typeof BEST_ELSEWHERE;

const answers: { question: Question; by: string; took: number; moves: number; "best elsewhere": number | string }[] =
  [];

function answered(question: Question, by: "keys" | "clicks"): void {
  const best = BEST_ELSEWHERE[question];
  const took = by === "keys" ? pressed : clicked;
  answers.push({ question, by, took, moves: moved, "best elsewhere": best ?? "not answered" });
  if (best !== null) expect(took, question).toBeLessThanOrEqual(best);
}

beforeAll(async () => {
  server = await startFixtureServer();
  browser = await launchBrowser();
});

afterAll(async () => {
  console.table(answers);
  await browser.close();
  server.close();
});

beforeEach(async () => {
  await watched?.close();
  watched = await openWatchedPage(browser, server.url);
  await watched.page.goto(server.url);
  await watched.page.getByTestId("trace-row").first().waitFor();
  pressed = moved = clicked = 0;
});

const MOVES = ["j", "k", "ArrowDown", "ArrowUp"];

async function press(...keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    await watched.page.keyboard.press(key);
    if (MOVES.includes(key)) moved++;
    else pressed++;
  }
}

async function click(selector: string): Promise<void> {
  await watched.page.locator(selector).first().click();
  clicked++;
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

  test("what did it do: a story of its steps, tools joined", async () => {
    await openRun();
    const step = await text("[data-testid=story-step]");
    expect(step).toContain("The parser drops the last row");
    expect(step).toContain("Let me look at how the parser is laid out");
    expect(step).toContain("ls -R src/csv");
    expect(step).toContain("exit 0");
    answered("what did it do", "keys");
  });

  test("where did time and money go: said above the story", async () => {
    await openRun();
    expect(await verdict("time")).toMatch(/\d+ % of the time in claude-sonnet-4-5.*step 3/);
    answered("where did time go", "keys");
    expect(await verdict("money")).toMatch(/Most expensive: step 5.*\$0\.0/);
    answered("where did money go", "keys");
  });

  test("where did time go by tool and model: one key more", async () => {
    await openRun();
    await press("b");
    await watched.page.getByTestId("group-row").first().waitFor();
    expect(await text("[data-testid=group-row]")).toContain("chat claude-sonnet");
    answered("where did time go", "keys");
  });

  test("where did it go wrong: named immediately, and one key more to the cause", async () => {
    await openRun();
    expect(await verdict("failure")).toContain("npm test ended with exit code 1");
    answered("where did it go wrong", "keys");
    await press("e");
    await expect.poll(selectedId).toBe("shell-3");
    await watched.page.getByTestId("inspector-scroll").getByText("runShell").waitFor();
    expect(pressed).toBe(2);
  });

  test("what was said, and what changed since the step before", async () => {
    await openRun();
    await press("j", "j", "j", "j");
    await watched.page.getByTestId("inspector-scroll").getByText("New in this step").waitFor();
    expect(await text("[data-testid=inspector-scroll]")).toContain("Its own reply".toLowerCase());
    answered("what was said", "keys");
    answered("what changed between two steps", "keys");
  });

  test("what changed between any two steps: keep one, go to the other", async () => {
    await openRun();
    await press("j", "j", "x", "j", "j", "j", "j", "x");
    await watched.page.getByTestId("sent-pair").first().waitFor();
    expect(await text("[data-testid=headline]")).toContain("B was sent 4 messages more.");
    answered("what changed between two steps", "keys");
  });

  test("what changed between two runs: tick two, compare", async () => {
    await press("j", "j", "x", "j", "x", "c");
    await watched.page.getByTestId("headline").waitFor();
    expect(await text("[data-testid=headline]")).toMatch(/First difference: step 1/);
    answered("what changed between two runs", "keys");
  });

  test("is it still running: said in the list, no key", async () => {
    expect(await text("[data-testid=trace-row] [data-state=running]")).toContain("Running");
    expect(await text("[data-testid=trace-row] [data-liveness=stalled]")).toContain("stalled");
    expect(await text("[data-testid=trace-row] [data-liveness=lost]")).toContain("lost");
    answered("is it still running", "keys");
  });

  test("what was lost: said in the list; two keys to the losses, by process and by run", async () => {
    expect(await watched.page.getByTestId("trace-row").allTextContents()).toContainEqual(
      expect.stringContaining("741 records dropped"),
    );
    answered("what was lost", "keys");
    await press("g", "l");
    await watched.page.getByText("12 because the queue was full").first().waitFor();
    await watched.page.getByText("741 records dropped").first().waitFor();
    answered("what was lost", "keys");
  });
});

describe("from the open list, by pointer", () => {
  test("one click answers what it did, where time and money went, and what went wrong", async () => {
    await watched.page.getByTestId("trace-row").filter({ hasText: "drops the last row" }).first().click();
    clicked++;
    await watched.page.getByTestId("story-step").first().waitFor();
    expect(await verdict("time")).toContain("claude-sonnet");
    expect(await verdict("money")).toContain("Most expensive");
    expect(await verdict("failure")).toContain("exit code 1");
    for (const question of [
      "what did it do",
      "where did time go",
      "where did money go",
      "where did it go wrong",
    ] as const) {
      answered(question, "clicks");
    }
    await click("[data-testid=story-step] header button");
    await watched.page.getByTestId("message").first().waitFor();
    answered("what was said", "clicks");
  });

  test("tick two, compare", async () => {
    const ticks = watched.page.getByTestId("trace-row").locator("input[type=checkbox]");
    await ticks.nth(1).click();
    await ticks.nth(3).click();
    await watched.page.getByRole("button", { name: "Compare", exact: true }).click();
    clicked += 3;
    await watched.page.getByTestId("headline").waitFor();
    answered("what changed between two runs", "clicks");
  });
});

describe("going about", () => {
  test("words are found in what was said, and the place where they stand is two keys away", async () => {
    const { page } = watched;
    await press("/");
    await page.keyboard.type("finishRow");
    await page.getByTestId("hit-row").first().waitFor();
    await press("ArrowDown", "Enter");
    await page.getByTestId("inspector-scroll").waitFor();
    expect(new URL(page.url()).searchParams.get("find")).toBe("finishRow");
    expect(selectedId()).not.toBeNull();
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
