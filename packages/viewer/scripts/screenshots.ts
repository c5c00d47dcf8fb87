/**
 * Takes pictures of the built viewer in its states and sizes, and fails when the page reports an error or a breach of
 * its security policy. `npx tsx packages/viewer/scripts/screenshots.ts DIRECTORY [NAME…]`
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "./browser.ts";
import { type FixtureMode, startFixtureServer } from "./fixture-server.ts";
import { trajectoryTrace } from "./trajectory-trace.ts";

const RUN = "/traces/4bf92f3577b34da6a3ce929d0e0e4736";

interface Shot {
  readonly name: string;
  readonly path: string;
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
  readonly mode?: FixtureMode;
  readonly act?: (page: Page) => Promise<unknown>;
}

const SHOTS: readonly Shot[] = [
  { name: "list-light", path: "/" },
  { name: "list-dark", path: "/", dark: true },
  { name: "list-narrow", path: "/", width: 380, height: 760 },
  { name: "list-wide", path: "/", width: 2560, height: 1000 },
  { name: "list-empty", path: "/", mode: "empty" },
  { name: "list-error", path: "/", mode: "down" },
  { name: "list-no-match", path: "/?q=nothing%20has%20this%20name" },
  { name: "trace-light", path: RUN },
  { name: "trace-dark", path: RUN, dark: true },
  { name: "trace-messages", path: `${RUN}?span=think-4` },
  { name: "trace-messages-dark", path: `${RUN}?span=think-4`, dark: true, width: 1920, height: 1000 },
  { name: "trace-tool", path: `${RUN}?span=shell-3` },
  { name: "trace-error", path: `${RUN}?span=shell-3&tab=error`, dark: true },
  { name: "trace-io", path: `${RUN}?span=fix-csv-parser` },
  { name: "trace-raw", path: `${RUN}?span=think-2&tab=raw` },
  { name: "trace-narrow", path: RUN, width: 380, height: 760 },
  { name: "trace-narrow-detail", path: `${RUN}?span=think-3`, width: 380, height: 760 },
  { name: "trace-find", path: `${RUN}?find=shell&span=shell-2` },
  { name: "trace-shortcuts", path: RUN, act: (page) => page.keyboard.press("?") },
  { name: "trace-running", path: "/traces/a1running0000000000000000000000a1" },
  { name: "trace-stalled", path: "/traces/stalled00000000000000000000000000?span=lookup" },
  { name: "trace-lost", path: "/traces/lost00000000000000000000000000?span=lookup" },
  { name: "trace-lost-dark", path: "/traces/lost00000000000000000000000000?span=lookup", dark: true },
  { name: "trace-lost-narrow", path: "/traces/lost00000000000000000000000000", width: 380, height: 760 },
  { name: "trace-left-open", path: "/traces/ended00000000000000000000000000" },
  { name: "trace-interrupted", path: "/traces/interrupted00000000000000000000000?span=lookup" },
  { name: "trace-hostile", path: "/traces/b2hostile0000000000000000000000b2?span=click" },
  { name: "trace-odd", path: "/traces/c3odd00000000000000000000000000c3?span=orphan" },
  { name: "trace-deep", path: "/traces/d4deep0000000000000000000000000d4?span=level-40" },
  { name: "trace-huge", path: "/traces/e5huge0000000000000000000000000e5" },
  { name: "recorded", path: "/traces/recorded", width: 1600, height: 1000 },
  { name: "recorded-messages", path: "/traces/recorded?span=model-20", width: 1600, height: 1000 },
  { name: "recorded-tool-dark", path: "/traces/recorded?span=tool-9", dark: true, width: 1600, height: 1000 },
];

async function takeShot(browser: Browser, url: string, shot: Shot, directory: string): Promise<string[]> {
  const page = await browser.newPage({
    viewport: { width: shot.width ?? 1280, height: shot.height ?? 800 },
    colorScheme: shot.dark ? "dark" : "light",
  });
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(`${shot.name}: ${error.message}`));
  page.on("console", (message) => {
    const isExpected = shot.mode === "down" && message.text().includes("503");
    if (message.type() === "error" && !isExpected) problems.push(`${shot.name}: ${message.text()}`);
  });
  await page.goto(url + shot.path);
  await page.waitForSelector("[data-testid]:not([data-testid=stale-banner])");
  if (shot.path.includes("span=")) await page.waitForSelector("[role=tabpanel] :not(.pending)");
  await shot.act?.(page);
  await page.waitForTimeout(250);
  await page.screenshot({ path: join(directory, `${shot.name}.png`) });
  await page.close();
  return problems;
}

const [directory = "screenshots", ...names] = process.argv.slice(2);
mkdirSync(directory, { recursive: true });
const recorded = trajectoryTrace("recorded");
if (recorded === undefined) console.log("no recorded runs beside the repository: their pictures are left out");
const server = await startFixtureServer(0, recorded === undefined ? [] : [recorded]);
const browser = await launchBrowser();
const problems: string[] = [];
for (const shot of SHOTS) {
  if (names.length > 0 && !names.some((name) => shot.name.startsWith(name))) continue;
  if (recorded === undefined && shot.path.includes("recorded")) continue;
  server.mode = shot.mode ?? "full";
  problems.push(...(await takeShot(browser, server.url, shot, directory)));
}
await browser.close();
server.close();
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
process.exit();
