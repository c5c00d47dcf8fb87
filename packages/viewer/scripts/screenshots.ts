/**
 * Takes pictures of the built viewer in its states and sizes, and fails when the page reports an error or a breach of
 * its security policy. `npx tsx packages/viewer/scripts/screenshots.ts DIRECTORY [NAME…] [--compare OTHER]`: with
 * `--compare` it also fails where a picture differs from that of the same name in another directory.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "./browser.ts";
import { comparePictures } from "./compare-pictures.ts";
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
  /** A failure that the page is there to show. */
  readonly expects?: string;
  readonly act?: (page: Page) => Promise<unknown>;
}

const SHOTS: readonly Shot[] = [
  { name: "runs", path: "/" },
  { name: "runs-dark", path: "/", dark: true },
  { name: "runs-1024", path: "/", width: 1024 },
  { name: "runs-390", path: "/", width: 390, height: 844 },
  { name: "runs-wide", path: "/", width: 2560, height: 1000 },
  { name: "runs-empty", path: "/", mode: "empty" },
  { name: "runs-error", path: "/", mode: "down" },
  { name: "runs-no-match", path: "/?q=nothing%20has%20this%20name" },
  { name: "runs-active", path: "/", act: (page) => press(page, "j", "j", "x", "j", "x") },
  { name: "runs-completion", path: "/", act: (page) => press(page, "/", "s", "t") },
  { name: "runs-columns", path: "/", act: (page) => page.click("[popovertarget=columns]") },
  { name: "story", path: RUN },
  { name: "story-dark", path: RUN, dark: true },
  { name: "story-1024", path: RUN, width: 1024 },
  { name: "story-390", path: RUN, width: 390, height: 844 },
  { name: "story-selected", path: `${RUN}?span=think-4` },
  { name: "story-tool-dark", path: `${RUN}?span=shell-3`, dark: true },
  { name: "story-tool-390", path: `${RUN}?span=shell-3`, width: 390, height: 844 },
  { name: "timeline", path: `${RUN}?view=timeline` },
  { name: "timeline-dark", path: `${RUN}?view=timeline&span=think-3`, dark: true },
  { name: "timeline-1024", path: `${RUN}?view=timeline&span=think-3`, width: 1024 },
  { name: "timeline-390", path: `${RUN}?view=timeline`, width: 390, height: 844 },
  { name: "timeline-zoomed", path: `${RUN}?view=timeline&time=7000-17000` },
  { name: "timeline-find", path: `${RUN}?view=timeline&find=csv&span=shell-2` },
  { name: "table", path: `${RUN}?view=table` },
  { name: "table-dark", path: `${RUN}?view=table&span=think-3`, dark: true },
  { name: "inspector-raw", path: `${RUN}?span=think-2&part=raw` },
  { name: "inspector-error", path: `${RUN}?span=shell-3&part=error` },
  { name: "inspector-input", path: `${RUN}?span=fix-csv-parser&view=timeline` },
  { name: "shortcuts", path: RUN, act: (page) => press(page, "?") },
  { name: "palette", path: RUN, act: (page) => press(page, "Control+k") },
  { name: "running", path: "/traces/a1running0000000000000000000000a1" },
  { name: "stalled", path: "/traces/stalled00000000000000000000000000?span=lookup" },
  { name: "lost", path: "/traces/lost00000000000000000000000000?span=lookup", dark: true },
  { name: "lost-390", path: "/traces/lost00000000000000000000000000", width: 390, height: 844 },
  { name: "left-open", path: "/traces/ended00000000000000000000000000" },
  { name: "interrupted", path: "/traces/interrupted00000000000000000000000?span=lookup" },
  { name: "hostile", path: "/traces/b2hostile0000000000000000000000b2?span=click" },
  { name: "odd", path: "/traces/c3odd00000000000000000000000000c3?span=orphan" },
  { name: "deep", path: "/traces/d4deep0000000000000000000000000d4?span=level-40&view=timeline" },
  { name: "huge", path: "/traces/e5huge0000000000000000000000000e5" },
  { name: "huge-timeline", path: "/traces/e5huge0000000000000000000000000e5?view=timeline" },
  { name: "not-found", path: "/nothing/here" },
  { name: "unknown-run", path: "/traces/unknown", mode: "full", expects: "404" },
  { name: "overview", path: "/overview" },
  { name: "overview-dark", path: "/overview", dark: true },
  { name: "overview-390", path: "/overview", width: 390, height: 844 },
  { name: "losses", path: "/losses" },
  { name: "compare", path: `/compare?a=4bf92f3577b34da6a3ce929d0e0e4736&b=a1running0000000000000000000000a1` },
  { name: "recorded", path: "/traces/recorded", width: 1600, height: 1000 },
  { name: "recorded-timeline", path: "/traces/recorded?view=timeline", width: 1600, height: 1000 },
  { name: "recorded-step", path: "/traces/recorded?span=model-20", width: 1600, height: 1000 },
  { name: "recorded-tool-dark", path: "/traces/recorded?span=tool-9", dark: true, width: 1600, height: 1000 },
];

async function press(page: Page, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

async function takeShot(browser: Browser, url: string, shot: Shot, directory: string): Promise<string[]> {
  const page = await browser.newPage({
    viewport: { width: shot.width ?? 1440, height: shot.height ?? 900 },
    colorScheme: shot.dark ? "dark" : "light",
  });
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(`${shot.name}: ${error.message}`));
  page.on("console", (message) => {
    const expected = shot.mode === "down" ? "503" : shot.expects;
    const isExpected = expected !== undefined && message.text().includes(expected);
    if (message.type() === "error" && !isExpected) problems.push(`${shot.name}: ${message.text()}`);
  });
  await page.goto(url + shot.path);
  await page.waitForSelector("main h1");
  await page.waitForSelector("[data-testid]:not([data-testid=stale-banner]), section, table");
  if (shot.path.includes("span=")) await page.waitForSelector("[data-testid=inspector-scroll][aria-busy=false]");
  await shot.act?.(page);
  await page.waitForTimeout(600);
  await page.screenshot({ path: join(directory, `${shot.name}.png`) });
  await page.close();
  return problems;
}

const { values: options, positionals } = parseArgs({
  options: { compare: { type: "string" } },
  allowPositionals: true,
});
const [directory = "screenshots", ...names] = positionals;
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
  if (options.compare !== undefined) {
    const problem = await comparePictures(
      browser,
      join(options.compare, `${shot.name}.png`),
      join(directory, `${shot.name}.png`),
    );
    if (problem !== undefined) problems.push(`${shot.name}: ${problem}`);
  }
}
await browser.close();
server.close();
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
process.exit();
