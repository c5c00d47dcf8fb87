/**
 * Takes pictures of the built viewer in its states, sizes and colours, and fails when a page reports an error or a
 * breach of its security policy. Clock, fonts and browser are fixed: a page that did not change has the same picture.
 *
 * `npx tsx packages/viewer/scripts/screenshots.ts [NAME…]` compares them with the stored ones and fails where one
 * differs, or has none; those that differ are left in `--output` (a new folder of the system's unless given).
 * `--update` stores them instead; `--png DIRECTORY` only leaves each there in full size, to be looked at. A name is the beginning of a picture's name, e.g. `story-step.dark`.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Browser, BrowserContext, ConsoleMessage, Page } from "playwright-core";
import { launchBrowser } from "./browser.ts";
import { compressed, difference } from "./compare-pictures.ts";
import { FIXTURE_MODE_HEADER, startFixtureServer } from "./fixture-server.ts";
import { LOOKS, type Look, SHOTS, type Shot } from "./shots.ts";

const STORED = fileURLToPath(new URL("../pictures", import.meta.url));
const NOW_MS = Date.UTC(2026, 0, 31, 14, 0, 0);
/** The server's own port is another one each time, and a page tells where it is. */
const SHOWN_AT = "everspan.localhost:4318";
/** A page is done when it looks the same twice. */
const MAX_LOOKS = 40;
const LOOK_AGAIN_MS = 150;
const READY = "[data-testid]:not([data-testid=stale-banner]), section, table";

async function openContext(browser: Browser, look: Look): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width: look.width, height: look.height },
    // Half the size tells what changed, and takes a quarter of the time and place.
    deviceScaleFactor: options.png === undefined ? 0.5 : 1,
    colorScheme: look.isDark ? "dark" : "light",
    reducedMotion: "reduce",
    timezoneId: "UTC",
    locale: "en-US",
  });
  await context.clock.setFixedTime(NOW_MS);
  return context;
}

async function takeShot(page: Page, url: string, shot: Shot, problems: string[]): Promise<Buffer> {
  const onPageError = (error: Error) => problems.push(`${shot.name}: ${error.message}`);
  const onConsole = (message: ConsoleMessage) => {
    const isExpected = shot.expects !== undefined && message.text().includes(shot.expects);
    if (message.type() === "error" && !isExpected) problems.push(`${shot.name}: ${message.text()}`);
  };
  // What the page before still waits for is none of this one's.
  await page.goto("about:blank");
  page.on("pageerror", onPageError).on("console", onConsole);
  await page.setExtraHTTPHeaders({ [FIXTURE_MODE_HEADER]: shot.mode ?? "full" });
  await page.emulateMedia({ media: shot.isPrinted === true ? "print" : "screen" });
  await page.goto(url + shot.path);
  await page.waitForSelector("main h1");
  await page.waitForSelector(READY);
  if (shot.path.includes("span=")) await page.waitForSelector("[data-testid=inspector-scroll][aria-busy=false]");
  await shot.act?.(page);
  await page.locator("pre[aria-busy=true]").first().waitFor({ state: "detached" });
  const picture = await settled(page);
  // What a reader chose on one page is not chosen on the next.
  await page.evaluate(() => localStorage.clear());
  page.off("pageerror", onPageError).off("console", onConsole);
  return picture;
}

async function settled(page: Page): Promise<Buffer> {
  let before: Buffer = Buffer.alloc(0);
  for (let n = 0; n < MAX_LOOKS; n++) {
    const picture = await page.screenshot({ animations: "disabled", caret: "hide" });
    if (picture.equals(before)) return picture;
    before = picture;
    await page.waitForTimeout(LOOK_AGAIN_MS);
  }
  return before;
}

interface Task {
  readonly name: string;
  readonly look: Look;
  readonly shot: Shot;
}

/** The first look has as many pictures as all others together: two lanes are done at about the same time. */
const LANES = [LOOKS.slice(0, 1), LOOKS.slice(1)];

async function takeAll(browser: Browser, tasks: readonly Task[], keep: Keep): Promise<string[]> {
  const lanes = LANES.map((looks) => takeLooks(browser, looks, tasks, keep));
  return (await Promise.all(lanes)).flat();
}

async function takeLooks(
  browser: Browser,
  looks: readonly Look[],
  tasks: readonly Task[],
  keep: Keep,
): Promise<string[]> {
  const problems: string[] = [];
  const workshop = await browser.newPage();
  for (const look of looks) {
    const context = await openContext(browser, look);
    const page = await context.newPage();
    for (const { name, shot } of tasks.filter((task) => task.look === look)) {
      const png = await takeShot(page, `http://${SHOWN_AT}`, shot, problems);
      const problem = await keep(workshop, name, png);
      if (problem !== undefined) problems.push(`${name}: ${problem}`);
    }
    await context.close();
  }
  return problems;
}

type Keep = (workshop: Page, name: string, png: Buffer) => Promise<string | undefined>;

/** One that shows the same stays as it is. */
const store: Keep = async (workshop, name, png) => {
  const path = join(STORED, `${name}.webp`);
  const change = existsSync(path) ? await difference(workshop, readFileSync(path), png) : "is new";
  if (change === undefined) return undefined;
  writeFileSync(path, await compressed(workshop, png));
  console.log(`${name}: ${change}`);
  return undefined;
};

const leave: Keep = async (_, name, png) => {
  writeFileSync(join(options.png!, `${name}.png`), png);
  return undefined;
};

function compareWithStored(output: string): Keep {
  return async (workshop, name, png) => {
    const path = join(STORED, `${name}.webp`);
    const problem = existsSync(path)
      ? await difference(workshop, readFileSync(path), png)
      : "has no stored picture: look at it, then store it with --update";
    if (problem !== undefined) writeFileSync(join(output, `${name}.png`), png);
    return problem;
  };
}

const { values: options, positionals: names } = parseArgs({
  options: { update: { type: "boolean", default: false }, output: { type: "string" }, png: { type: "string" } },
  allowPositionals: true,
});
const all = LOOKS.flatMap((look, index) =>
  SHOTS.filter(({ isPage }) => isPage === true || index === 0).map(
    (shot): Task => ({ name: `${shot.name}.${look.name}`, look, shot }),
  ),
);
const tasks = all.filter(({ name }) => names.length === 0 || names.some((beginning) => name.startsWith(beginning)));
const output = options.output ?? mkdtempSync(join(tmpdir(), "viewer-pictures-"));
mkdirSync(STORED, { recursive: true });
mkdirSync(output, { recursive: true });
if (options.png !== undefined) mkdirSync(options.png, { recursive: true });
const known = new Set(all.map(({ name }) => `${name}.webp`));
const stale = readdirSync(STORED).filter((file) => !known.has(file));
if (options.update) for (const file of stale) rmSync(join(STORED, file));
const server = await startFixtureServer(0, [], NOW_MS);
const browser = await launchBrowser({ shown: SHOWN_AT, real: new URL(server.url).host });
const keep = options.png !== undefined ? leave : options.update ? store : compareWithStored(output);
const problems = await takeAll(browser, tasks, keep);
if (keep !== store && keep !== leave)
  problems.push(...stale.map((file) => `${file}: no page has this picture any more`));
await browser.close();
server.close();
for (const problem of problems) console.error(problem);
if (problems.length > 0 && keep !== store && keep !== leave) console.error(`what differs is in ${output}`);
console.log(`pictures: ${tasks.length - problems.length} passed, ${problems.length} failed`);
process.exitCode = problems.length > 0 ? 1 : 0;
process.exit();
