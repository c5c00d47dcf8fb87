/** What happens to an open page: the collector goes away, asks for another token, or its live stream has a gap. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeNativeBatch, type SpanSnapshot } from "@everspan/protocol";
import { type Browser, launchBrowser, type Page } from "@everspan/testkit";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { CollectorProcess, ROOT, temporaryFolder } from "./collector-process.ts";
import { openWatchedPage, type WatchedPage } from "./watched-page.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let collector: CollectorProcess;
let browser: Browser;
let watched: WatchedPage | undefined;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  await watched?.close();
  watched = undefined;
  await collector.stop();
  await folder.remove();
});

async function start(port = 0, ...flags: string[]): Promise<void> {
  collector = await CollectorProcess.start({ dataDirectory: folder.path, port, arguments: ["--no-sample", ...flags] });
}

async function openPage(): Promise<Page> {
  watched = await openWatchedPage(browser, collector.url);
  return watched.page;
}

const TRACE = "c".repeat(32);

function running(id: string): SpanSnapshot {
  const startTime = "2026-01-31T12:00:00.000000Z";
  return { phase: "started", revision: 0, traceId: TRACE, id, name: id, type: "STANDALONE", startTime, status: "OK" };
}

async function send(span: SpanSnapshot, token?: string): Promise<void> {
  const body = encodeNativeBatch([span], { nameBlob: () => "0".repeat(32) });
  const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const headers = { "content-type": "application/json", ...authorization };
  const response = await fetch(`${collector.url}/v1/everspan/batch`, { method: "POST", headers, body });
  expect(response.status).toBe(200);
}

const timeline = (fragment = "") => `${collector.url}/traces/${TRACE}?view=timeline${fragment}`;

describe("an open page", () => {
  test("V2 a token that no longer counts: what was seen stays, with since when, and another token goes on", async () => {
    await start(0, "--token", "first-token-of-this-test");
    await send(running("seen"), "first-token-of-this-test");
    const page = await openPage();
    await page.goto(`${collector.url}/#token=first-token-of-this-test`);
    await page.getByTestId("trace-row").waitFor();
    await page.goto(timeline());
    await page.getByTestId("span-row").filter({ hasText: "seen" }).waitFor();

    const { port } = collector;
    await collector.stop();
    await start(port, "--token", "second-token-of-this-test");
    const banner = page.getByTestId("stale-banner").filter({ hasText: "asks for a token" });
    await banner.waitFor();
    expect(await banner.textContent()).toContain("stale since");
    await page.getByTestId("span-row").filter({ hasText: "seen" }).waitFor();

    await send(running("new"), "second-token-of-this-test");
    await banner.getByLabel("Token").fill("second-token-of-this-test");
    await banner.getByRole("button", { name: "Open" }).click();
    await banner.waitFor({ state: "detached" });
    await page.getByTestId("span-row").filter({ hasText: "new" }).waitFor();
  });

  test("V2 a gap of the live stream: what changed meanwhile is shown without a reload", async () => {
    await start();
    await send(running("open"));
    const page = await openPage();
    await page.goto(timeline());
    const row = page.getByTestId("span-row").filter({ hasText: "open" });
    await row.getByText("running").waitFor();

    const { port } = collector;
    await collector.kill();
    await start(port);
    const endTime = "2026-01-31T12:00:01.000000Z";
    await send({ ...running("open"), phase: "ended", revision: 1, endTime });
    await send(running("later"));
    await row.getByText("running").waitFor({ state: "detached" });
    await page.getByTestId("span-row").filter({ hasText: "later" }).waitFor();
    await page.getByTestId("stale-banner").waitFor({ state: "detached" });
  });

  test("V2 a token that is not accepted is said to be none, and a link with the right one opens the tab that is there", async () => {
    await start(0, "--token", "right-token-of-this-test");
    await send(running("seen"), "right-token-of-this-test");
    const page = await openPage();
    await page.goto(collector.url);
    const form = page.getByTestId("error-state");
    await form.getByLabel("Token").fill("wrong-token-of-this-test");
    await form.getByRole("button", { name: "Open" }).click();
    await form.getByText("It does not accept this one.").waitFor();
    await page.goto(`${collector.url}/#token=right-token-of-this-test`);
    await page.getByTestId("trace-row").waitFor();
    expect(page.url()).toBe(`${collector.url}/`);
  });

  test("V2 a run that was deleted elsewhere leaves the list, and its own page says so", async () => {
    await start();
    await send(running("seen"));
    const page = await openPage();
    await page.goto(timeline());
    await page.getByTestId("span-row").waitFor();
    const list = await page.context().newPage();
    await list.goto(collector.url);
    await list.getByTestId("trace-row").waitFor();
    const answer = await fetch(`${collector.url}/api/traces/${TRACE}`, { method: "DELETE" });
    expect(answer.status).toBe(200);
    await list.getByTestId("empty-state").waitFor();
    await page.getByTestId("stale-banner").filter({ hasText: "Not found" }).waitFor();
  });

  test("V2 no live stream at all: the page asks by itself, also of a run that had ended", async () => {
    await start();
    await send({ ...running("open"), phase: "ended", revision: 1, endTime: "2026-01-31T12:00:01.000000Z" });
    const page = await openPage();
    await page.route("**/api/live", (route) => route.abort());
    await page.goto(timeline());
    await page.getByTestId("span-row").filter({ hasText: "open" }).waitFor();
    await send(running("later"));
    await page.getByTestId("span-row").filter({ hasText: "later" }).waitFor();
  });
});

/** Runs as its reader would: in a folder where `everspan` is installed, with nothing but what stands there. */
async function run(code: string, variables: Record<string, string> = {}): Promise<void> {
  const file = join(ROOT, "e2e", "programs", `pasted-${process.pid}-${Date.now()}.mjs`);
  await writeFile(file, code);
  try {
    const child = spawn(process.execPath, [file], {
      env: { PATH: process.env.PATH, ...variables },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    const [code] = (await once(child, "close")) as [number];
    expect(code, errors).toBe(0);
  } finally {
    await rm(file);
  }
}

/** What an agent of one's own would do, with exporters from the environment alone. */
const FROM_ENVIRONMENT = (name: string) => `import { tracerFromEnv } from "everspan";
const tracer = tracerFromEnv();
await tracer.span(${JSON.stringify(name)}, { type: "AGENT_WORKFLOW", input: "hello" }, async (span) => {
  span.output = "hello back";
});
await tracer.shutdown();`;

describe("what the empty page says", () => {
  test("its program, run as it stands, makes the first run appear", async () => {
    await start();
    const page = await openPage();
    await page.goto(collector.url);
    const [install, program] = await page.getByTestId("empty-state").locator("pre").allTextContents();
    expect(install).toBe("npm install everspan");
    await run(program!);
    await page.getByTestId("trace-row").filter({ hasText: "my first agent" }).waitFor();
    expect(watched!.faults).toEqual([]);
  });

  test("each of its variables, set as it stands, sends a run here", async () => {
    await start();
    const page = await openPage();
    await page.goto(collector.url);
    await page.getByText("OTEL_EXPORTER_OTLP_ENDPOINT").waitFor();
    const codes = await page.getByTestId("empty-state").locator(".state-hint code").allTextContents();
    expect(codes.map((code) => code.split("=")[0])).toEqual(["OTEL_EXPORTER_OTLP_ENDPOINT", "SGP_BASE_URL"]);
    for (const code of codes) {
      const [name, value] = code.split("=") as [string, string];
      const others = name === "SGP_BASE_URL" ? { SGP_API_KEY: "any", SGP_ACCOUNT_ID: "any" } : {};
      await run(FROM_ENVIRONMENT(`by ${name}`), { [name]: value, ...others });
      await page
        .getByTestId("trace-row")
        .filter({ hasText: `by ${name}` })
        .waitFor();
    }
    expect(watched!.faults).toEqual([]);
  });
});
