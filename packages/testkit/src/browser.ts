/**
 * A headless Chromium for tests, benches and pictures: the machine's own where there is one, else the one that npm
 * brought (`@sparticuz/chromium`, with the libraries and fonts that a bare machine lacks). Without either it throws:
 * a browser test is never skipped in silence.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { access, constants, mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";

export type { Browser, BrowserContext, ConsoleMessage, Page } from "playwright-core";

/** Background traffic off (updates, field trials, sync): whatever request a test sees was made by its page. */
const ARGUMENTS = [
  "--no-sandbox",
  "--no-first-run",
  "--disable-gpu",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];

const INSTALLED = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
];

const UNPACK = 'import chromium from "@sparticuz/chromium"; await chromium.executablePath();';

/**
 * Starts Chromium: `CHROMIUM_PATH` if set, else an installed one, else npm's. The caller closes it.
 * @throws Error saying what was looked for when none can be started
 */
export async function launchBrowser(): Promise<Browser> {
  const installed = await findInstalled();
  if (installed !== undefined) return start(installed, {});
  const folder = await unpackNpmChromium();
  const executable = join(folder, "chromium");
  const fonts = existsSync("/etc/fonts") ? {} : { FONTCONFIG_PATH: join(folder, "fonts") };
  try {
    return await start(executable, fonts);
  } catch (error) {
    if (!String(error).includes("error while loading shared libraries")) throw error;
    return start(executable, { ...fonts, LD_LIBRARY_PATH: join(folder, "al2023", "lib") });
  }
}

async function start(executablePath: string, environment: Record<string, string>): Promise<Browser> {
  // Loaded here, so that a test without a browser doesn't pay for the driver.
  const { chromium } = await import("playwright-core");
  const env = { ...process.env, ...environment } as Record<string, string>;
  return chromium.launch({ executablePath, args: ARGUMENTS, env });
}

async function findInstalled(): Promise<string | undefined> {
  const wanted = process.env.CHROMIUM_PATH;
  if (wanted !== undefined && wanted !== "") {
    if (await isExecutable(wanted)) return wanted;
    throw new Error(`CHROMIUM_PATH is ${wanted}, which is no executable file`);
  }
  for (const path of INSTALLED) if (await isExecutable(path)) return path;
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/**
 * Unpacks npm's Chromium once for this machine and version. Test files run side by side, so each unpacks into a folder
 * of its own and moves it into place whole; who comes second takes what is there.
 */
async function unpackNpmChromium(): Promise<string> {
  const version = await npmChromiumVersion();
  const folder = join(tmpdir(), `everspan-chromium-${process.getuid?.() ?? "user"}`, version);
  if (existsSync(join(folder, "chromium"))) return folder;
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
  const own = await mkdtemp(`${folder}-`);
  // The package unpacks into the temporary folder, and its libraries only where it takes itself to run on AWS Lambda.
  const env = { ...process.env, TMPDIR: own, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs20.x" };
  await promisify(execFile)(process.execPath, ["--input-type=module", "-e", UNPACK], { cwd: import.meta.dirname, env });
  await rename(own, folder).catch(async (error: unknown) => {
    await rm(own, { recursive: true });
    if (!existsSync(join(folder, "chromium"))) throw error;
  });
  return folder;
}

async function npmChromiumVersion(): Promise<string> {
  try {
    const entry = createRequire(import.meta.url).resolve("@sparticuz/chromium");
    const manifest = join(entry.slice(0, entry.lastIndexOf("@sparticuz")), "@sparticuz", "chromium", "package.json");
    return JSON.parse(await readFile(manifest, "utf8")).version;
  } catch (cause) {
    const looked = `CHROMIUM_PATH is not set, none of ${INSTALLED.join(", ")} exists, and the npm package @sparticuz/chromium is not installed`;
    throw new Error(`No Chromium to run the browser with: ${looked}`, { cause });
  }
}
