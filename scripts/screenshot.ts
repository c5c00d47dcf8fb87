/**
 * Makes the README's pictures of the viewer, light and dark, from a fresh collector with the sample agent's run and,
 * where it is on this machine, a recorded run of a real agent. Run it after a build: `npx tsx scripts/screenshot.ts`.
 */
import { mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, launchBrowser } from "@everspan/testkit";
import { CollectorExporter, Tracer } from "everspan";
import { CollectorProcess, ROOT, temporaryFolder } from "../e2e/collector-process.ts";
import { recordedRuns } from "../e2e/recorded-runs.ts";
import { recordSampleRun } from "../examples/sample-agent/src/index.ts";
import { parseTrajectory, replayTrajectory } from "../examples/trajectory-replay/src/index.ts";

const IMAGES = join(ROOT, "docs/images");
/** Short enough to be understood at a glance, and with an error. */
const RUN_SHOWN = "django__django-16938";
/** Far enough into the run for earlier messages to be folded away, near enough to its beginning for the first rows to be in view. */
const STEP_SHOWN = 3;
const MAX_BYTES = 300 * 1024;

/** @returns the trace to show: a recorded run's when there is one, since real ones look like what users will see */
async function record(collectorUrl: string): Promise<string> {
  const sample = await recordSampleRun({ collectorUrl, workspace: ROOT });
  const tracer = new Tracer({
    service: { name: "mini-swe-agent" },
    exporters: [new CollectorExporter({ url: collectorUrl })],
  });
  let traceId = sample.traceId;
  const file = recordedRuns.find((path) => path.includes(RUN_SHOWN));
  if (file !== undefined)
    traceId = (await replayTrajectory(tracer, parseTrajectory(await readFile(file, "utf8")))).traceId;
  const { ok } = await tracer.shutdown();
  if (!ok) throw new Error("The recorded runs were not delivered");
  return traceId;
}

async function photograph(browser: Browser, url: string, colorScheme: "light" | "dark"): Promise<void> {
  const page = await browser.newPage({ colorScheme, viewport: { width: 1440, height: 900 } });
  await page.goto(url);
  await page.locator("[data-testid=story-step] header button").nth(STEP_SHOWN).click();
  await page.getByTestId("message").last().waitFor();
  const path = join(IMAGES, `viewer-${colorScheme}.png`);
  await page.screenshot({ path, animations: "disabled", caret: "hide" });
  await page.close();
  const { size } = await stat(path);
  console.log(`${path}: ${Math.round(size / 1024)} KiB`);
  if (size > MAX_BYTES) throw new Error(`${path} is larger than ${MAX_BYTES / 1024} KiB`);
}

const folder = await temporaryFolder();
const collector = await CollectorProcess.start({ dataDirectory: folder.path });
const browser = await launchBrowser();
try {
  await mkdir(IMAGES, { recursive: true });
  const traceId = await record(collector.url);
  for (const scheme of ["light", "dark"] as const)
    await photograph(browser, `${collector.url}/traces/${traceId}`, scheme);
} finally {
  await browser.close();
  await collector.stop();
  await folder.remove();
}
