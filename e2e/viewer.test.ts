import { readFile } from "node:fs/promises";
import { encodeNativeBatch, type SpanSnapshot } from "@everspan/protocol";
import { type Browser, launchBrowser, type Page } from "@everspan/testkit";
import { CollectorExporter, Tracer } from "everspan";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { recordSampleRun } from "../examples/sample-agent/src/index.ts";
import { parseTrajectory, replayTrajectory } from "../examples/trajectory-replay/src/index.ts";
import { CollectorProcess, ROOT, temporaryFolder } from "./collector-process.ts";
import { drawTrajectory, recordedRuns } from "./recorded-runs.ts";
import { openWatchedPage, type WatchedPage } from "./watched-page.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let collector: CollectorProcess;
let browser: Browser;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser.close());

beforeEach(async () => {
  folder = await temporaryFolder();
  collector = await CollectorProcess.start({ dataDirectory: folder.path });
  watched = await openWatchedPage(browser, collector.url);
  page = watched.page;
});

afterEach(async () => {
  await watched.close();
  await collector.stop();
  await folder.remove();
});

async function recordSample(): Promise<string> {
  return (await recordSampleRun({ collectorUrl: collector.url, workspace: ROOT })).traceId;
}

function selectedRow() {
  return page.locator("[data-testid=span-row][aria-selected=true]");
}

/** Resolves when the inspector shows the selected row's span, whole. */
async function detailOfSelectedRow() {
  const id = await selectedRow().getAttribute("data-span-id");
  const detail = page.locator(`[data-testid=span-detail][data-span-id="${id}"]`);
  await detail.locator("[data-testid=inspector-scroll][aria-busy=false]").waitFor();
  await detail.getByText("Comparing with the step before").waitFor({ state: "detached" });
  return detail;
}

const timelineOf = (traceId: string) => `${collector.url}/traces/${traceId}?view=timeline`;

describe("the list", () => {
  test("shows how to record a first trace while there is none, and the trace as soon as it is there", async () => {
    await page.goto(collector.url);
    await page.getByTestId("empty-state").waitFor();
    await recordSample();
    await page.getByTestId("trace-row").first().waitFor();
    expect(watched.faults).toEqual([]);
  });

  test("opens a run by Enter, and goes back to the list by the browser's button", async () => {
    const traceId = await recordSample();
    await page.goto(collector.url);
    await page.getByTestId("trace-row").waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByTestId("story-step").first().waitFor();
    expect(new URL(page.url()).pathname).toBe(`/traces/${traceId}`);
    await page.goBack();
    await page.getByTestId("trace-row").waitFor();
    expect(watched.faults).toEqual([]);
  });

  test("V2 says that the collector is away, and since when what is seen may be wrong", async () => {
    await recordSample();
    await page.goto(collector.url);
    await page.getByTestId("trace-row").waitFor();
    await collector.kill();
    await page.getByTestId("stale-banner").waitFor();
    await page.getByTestId("trace-row").waitFor();

    collector = await CollectorProcess.start({ dataDirectory: folder.path, port: collector.port });
    await page.getByTestId("stale-banner").waitFor({ state: "detached" });
  });
});

describe("one run", () => {
  test("is walked by keyboard: down through the spans, folded and unfolded, into the details and out", async () => {
    await page.goto(timelineOf(await recordSample()));
    await page.getByTestId("span-row").first().waitFor();
    const rows = await page.getByTestId("span-row").count();
    expect(rows).toBeGreaterThan(8);

    await page.keyboard.press("ArrowDown");
    expect(await selectedRow().textContent()).toContain("explore-folder");
    await page.keyboard.press("ArrowLeft");
    await expect.poll(() => page.getByTestId("span-row").count()).toBe(1);
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => page.getByTestId("span-row").count()).toBe(rows);
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => selectedRow().textContent()).toContain("chat");

    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.dataset.testid")).toBe("span-detail");
    await page.keyboard.press("Escape");
    expect(await page.evaluate("document.activeElement.getAttribute('role')")).toBe("treegrid");
    expect(watched.faults).toEqual([]);
  });

  test("shows a model call as a conversation, with what is new in the step set apart", async () => {
    await page.goto(timelineOf(await recordSample()));
    await page.getByTestId("span-row").filter({ hasText: "chat" }).nth(2).click();
    const detail = await detailOfSelectedRow();
    const shown = await detail
      .getByTestId("message")
      .evaluateAll((messages) => messages.map((message) => [message.dataset.role, message.dataset.state]));
    expect(shown).toEqual([
      ["system", "system"],
      ["tool", "new"],
      ["assistant", "reply"],
    ]);
    expect(await detail.textContent()).toContain("There is no file docs/overview.md in this folder");
    expect(watched.faults).toEqual([]);
  });

  test("leads to its error by one key, and shows type and message", async () => {
    await page.goto(timelineOf(await recordSample()));
    await page.getByTestId("span-row").first().waitFor();
    await page.keyboard.press("e");
    const detail = await detailOfSelectedRow();
    expect(await detail.textContent()).toContain("WorkspaceError");
    expect(await detail.textContent()).toContain("There is no file docs/overview.md");
    expect(watched.faults).toEqual([]);
  });

  test("is restored by its link: lens and selection", async () => {
    await page.goto(timelineOf(await recordSample()));
    await page.getByTestId("span-row").filter({ hasText: "search_text" }).click();
    const detail = await detailOfSelectedRow();
    await detail.getByRole("button", { name: "Raw record" }).waitFor();
    await expect.poll(() => page.url()).toContain("span=");

    const other = await openWatchedPage(browser, collector.url);
    await other.page.goto(page.url());
    await other.page.getByTestId("inspector-scroll").waitFor();
    expect(await other.page.locator("[data-testid=span-row][aria-selected=true]").textContent()).toContain(
      "search_text",
    );
    expect([...watched.faults, ...other.faults]).toEqual([]);
    await other.close();
  });

  test("follows the system's light or dark scheme", async () => {
    const traceId = await recordSample();
    const backgrounds: number[] = [];
    for (const scheme of ["light", "dark"] as const) {
      const other = await openWatchedPage(browser, collector.url, scheme);
      await other.page.goto(`${collector.url}/traces/${traceId}`);
      await other.page.getByTestId("story-step").first().waitFor();
      backgrounds.push(await other.page.evaluate<number>(BACKGROUND_LIGHTNESS));
      expect(other.faults).toEqual([]);
      await other.close();
    }
    expect(backgrounds[0]).toBeGreaterThan(200);
    expect(backgrounds[1]).toBeLessThan(60);
  });

  test("with the longest conversation we have opens, and its last step's text is there to the end", async () => {
    const file = recordedRuns.find((path) => path.includes("requests-1142"));
    const run = parseTrajectory(
      file === undefined ? drawTrajectory("drawn", 70, 10_000) : await readFile(file, "utf8"),
    );
    const tracer = new Tracer({ exporters: [new CollectorExporter({ url: collector.url })] });
    const { traceId } = await replayTrajectory(tracer, run);
    expect((await tracer.shutdown()).ok).toBe(true);

    await page.goto(timelineOf(traceId));
    await page.getByTestId("span-row").first().waitFor();
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowUp");
    const detail = await detailOfSelectedRow();
    const reply = run.steps.at(-1)?.reply.content.split("\n")[0];
    expect(await detail.getByTestId("message").last().textContent()).toContain(reply);
    expect(watched.faults).toEqual([]);
  });
});

describe("unfinished spans", () => {
  const DYING = "a".repeat(32);
  const RECOVERER = "b".repeat(32);
  const ledger = { created: 14, recovered: 0, delivered: 2, coalesced: 0, pending: 0, maybeDelivered: 0 };
  const traceId = "unfinished";
  const open = (id: string): SpanSnapshot => ({
    phase: "started",
    revision: 0,
    traceId,
    id,
    name: id,
    type: "STANDALONE",
    status: "OK",
    startTime: new Date().toISOString(),
  });

  async function send(producerId: string, ...spans: SpanSnapshot[]): Promise<void> {
    const producer = { id: producerId, batch: 1, firstSeq: 1, lastSeq: spans.length, pid: 42, host: "worker-3" };
    const body = encodeNativeBatch(spans, {
      nameBlob: () => "",
      producer: { ...producer, openSpans: 1, ledger: { ...ledger, dropped: { queue_full: 12 } } },
    });
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${collector.url}/v1/everspan/batch`, { method: "POST", headers, body });
    expect(answer.status).toBe(200);
  }

  const row = (id: string) => page.locator(`[data-testid=span-row][data-span-id="${id}"]`);

  test("say by words what became of them while one looks, and what their process lost", async () => {
    await send(DYING, open("stays"), open("recovered"));
    await page.goto(timelineOf(traceId));
    await row("stays").getByText("running").waitFor();
    await page
      .getByTestId("producer-notes")
      .getByText("(pid 42 on worker-3) dropped 12 records because the queue was full")
      .waitFor();

    const error = { type: "Interrupted", message: "the process ended before the span" };
    const endTime = new Date().toISOString();
    await send(RECOVERER, { ...open("recovered"), phase: "ended", revision: 1, endTime, status: "ERROR", error });
    await row("recovered").getByText("interrupted").waitFor();
    await row("stays").getByText("lost", { exact: true }).waitFor();
    await page.getByTestId("producer-notes").getByText("is lost").waitFor();
    await row("stays").click();
    await page.getByTestId("liveness-note").getByText("its process is gone").waitFor();

    await page.goto(collector.url);
    await page.getByTestId("trace-row").getByText("lost", { exact: true }).waitFor();
    expect(watched.faults).toEqual([]);
  });
});

/** Of the page's own background: 0 is black, 255 white. */
const BACKGROUND_LIGHTNESS = `(() => {
  const canvas = document.createElement("canvas").getContext("2d");
  canvas.fillStyle = getComputedStyle(document.body).backgroundColor;
  canvas.fillRect(0, 0, 1, 1);
  const [red, green, blue] = canvas.getImageData(0, 0, 1, 1).data;
  return (red + green + blue) / 3;
})()`;
