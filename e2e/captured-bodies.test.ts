/** What real instrumentations sent, as the viewer shows it: every model call has its messages, none "no reply". */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, launchBrowser } from "@everspan/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CollectorProcess, ROOT, temporaryFolder } from "./collector-process.ts";
import { openWatchedPage, type WatchedPage } from "./watched-page.ts";

const FOLDER = join(ROOT, "../shared/data/otlp");
const FILES = existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => /\.(json|bin)$/.test(name)) : [];

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let collector: CollectorProcess;
let browser: Browser;
let watched: WatchedPage;

beforeAll(async () => {
  if (FILES.length === 0) return;
  folder = await temporaryFolder();
  collector = await CollectorProcess.start({ dataDirectory: folder.path });
  browser = await launchBrowser();
  watched = await openWatchedPage(browser, collector.url);
});

afterAll(async () => {
  if (FILES.length === 0) return;
  await browser.close();
  await collector.stop();
  await folder.remove();
});

interface Span {
  readonly id: string;
  readonly type: string;
  readonly status: string;
  readonly input?: unknown;
  readonly output?: unknown;
}

const get = async (path: string) => (await (await fetch(collector.url + path)).json()) as Record<string, unknown>;

/** @returns the traces that the body began */
async function send(file: string): Promise<readonly string[]> {
  const before = new Set(await traceIds());
  const bytes = readFileSync(join(FOLDER, file));
  const bodies: (string | Uint8Array)[] = file.endsWith(".bin") ? [new Uint8Array(bytes)] : bodiesOf(bytes.toString());
  for (const body of bodies) {
    const type = typeof body === "string" ? "application/json" : "application/x-protobuf";
    const answer = await fetch(`${collector.url}/v1/traces`, {
      method: "POST",
      headers: { "content-type": type },
      body: body as string,
    });
    expect(answer.status).toBe(200);
  }
  return (await traceIds()).filter((id) => !before.has(id));
}

/** One request's body, or several as they were saved. */
function bodiesOf(text: string): string[] {
  const saved = JSON.parse(text) as { body?: unknown } | { body?: unknown }[];
  return (Array.isArray(saved) ? saved : [saved]).map((item) => JSON.stringify(item.body ?? item));
}

async function traceIds(): Promise<readonly string[]> {
  const { traces } = await get("/api/traces?limit=500");
  return (traces as readonly { traceId: string }[]).map(({ traceId }) => traceId);
}

test("there are captured bodies, or it is said that they are not here", () => {
  if (FILES.length === 0) console.log("no captured bodies beside the repository: what they show is not looked at");
  else expect(FILES.length).toBeGreaterThanOrEqual(40);
});

test.skipIf(FILES.length === 0).each(FILES)("%s shows its messages", async (file) => {
  const { page } = watched;
  for (const traceId of await send(file)) {
    const { spans } = await get(`/api/traces/${traceId}?payloads=full`);
    for (const span of (spans as readonly Span[]).filter(({ type }) => type === "COMPLETION")) {
      await page.goto(`${collector.url}/traces/${traceId}?span=${encodeURIComponent(span.id)}`);
      await page.locator("[data-testid=inspector-scroll][aria-busy=false]").waitFor();
      const shown = (await page.getByTestId("span-detail").textContent()) ?? "";
      const roles = await page
        .getByTestId("message")
        .evaluateAll((all) => all.map((one) => one.getAttribute("data-role")));
      if (span.input !== undefined) expect(roles.length, `messages of ${span.id}`).toBeGreaterThan(0);
      if (span.output !== undefined) {
        expect(shown).not.toMatch(/No reply|Empty message/);
        // Embeddings answer with numbers.
        if (span.status === "OK" && !file.includes("embed")) expect(roles).toContain("assistant");
      }
    }
  }
  expect(watched.faults).toEqual([]);
});
