/**
 * Where a run's spans go: where the environment says; else the collector of this machine. A collector of this machine, named
 * or not, is started when none answers and it can be.
 */
import { spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { findCollector } from "./collector-package.ts";
import { say } from "./say.ts";

export const LOCAL_COLLECTOR = "http://127.0.0.1:4318";

/** Any of these says where spans go, or that there are none. */
const NAMED_BY = [
  "EVERSPAN_COLLECTOR_URL",
  "SGP_API_KEY",
  "AGENTEX_BASE_URL",
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
  "OTEL_TRACES_EXPORTER",
  "EVERSPAN_DISABLED",
  "OTEL_SDK_DISABLED",
] as const;
const ANSWER_MS = 2_000;
const START_MS = 15_000;
const POLL_MS = 100;

export interface Destination {
  /** What the environment lacks, to be added to it. */
  readonly variables: Readonly<Record<string, string>>;
  /** The collector whose viewer shows the run; undefined where spans go elsewhere. */
  readonly viewer: string | undefined;
}

export async function chooseDestination(env: NodeJS.ProcessEnv, mayStart: boolean): Promise<Destination> {
  const isNamed = NAMED_BY.some((name) => (env[name] ?? "") !== "");
  const viewer = isNamed ? env.EVERSPAN_COLLECTOR_URL || undefined : LOCAL_COLLECTOR;
  const port = viewer === undefined ? undefined : localPort(viewer);
  if (viewer !== undefined && port !== undefined && !(await isCollector(viewer))) {
    await provideCollector(viewer, port, mayStart);
  }
  return { variables: isNamed ? {} : { EVERSPAN_COLLECTOR_URL: LOCAL_COLLECTOR }, viewer };
}

/** The port of a plain address of this machine; undefined of any other address: what is there is somebody else's. */
function localPort(url: string): string | undefined {
  const { protocol, hostname, port, pathname } = URL.canParse(url) ? new URL(url) : ({} as Partial<URL>);
  const isLocal = protocol === "http:" && (hostname === "127.0.0.1" || hostname === "localhost") && pathname === "/";
  return isLocal ? port || "80" : undefined;
}

async function provideCollector(url: string, port: string, mayStart: boolean): Promise<void> {
  const file = mayStart ? findCollector() : undefined;
  if (file !== undefined) return startCollector(file, url, port);
  say(
    `no collector answers at ${url}; spans wait for one until the program has ended. ` +
      `${mayStart ? "npm install --save-dev @everspan/collector, or start one" : "Start one"}: npx @everspan/collector serve`,
  );
}

/** It outlives the run, since what it shows is looked at afterwards. */
async function startCollector(file: string, url: string, port: string): Promise<void> {
  const args = [file, "serve", "--no-sample", "--port", port];
  const collector = spawn(process.execPath, args, { detached: true, stdio: "ignore" });
  let hasEnded = false;
  collector.once("exit", () => {
    hasEnded = true;
  });
  collector.unref();
  const until = performance.now() + START_MS;
  while (!hasEnded && performance.now() < until) {
    if (await isCollector(url)) {
      say(`started a collector, which goes on when the program has ended; to stop it: kill ${collector.pid}`);
      return;
    }
    await pause(POLL_MS);
  }
  say(`a collector could not be started at ${url}; npx everspan serve says why`);
}

async function isCollector(url: string): Promise<boolean> {
  try {
    const health = await fetch(new URL("/healthz", url), { signal: AbortSignal.timeout(ANSWER_MS) });
    return health.ok && ((await health.json()) as { status?: unknown } | null)?.status === "ok";
  } catch {
    return false;
  }
}
