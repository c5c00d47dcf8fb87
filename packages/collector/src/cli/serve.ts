/** `everspan serve`: runs a collector until a signal asks it to stop. */
import { createCollector } from "../collector.ts";
import { jsonLogger, type Logger, stderrLogger } from "../logger.ts";
import type { TraceStore } from "../store/trace-store.ts";
import { type ProcessNet, spreadProcessNet } from "./process-net.ts";
import { recordSample } from "./record-sample.ts";
import type { ServeOptions } from "./serve-options.ts";

/** Resolves with the exit code after a clean stop. @throws Error with a sentence when it can't start */
export async function serve(options: ServeOptions): Promise<number> {
  const stopRequested = waitForStopSignal();
  let net: ProcessNet | undefined;
  const { token, logFormat, recordsSample, store, ...rest } = options;
  const logger = logFormat === "json" ? jsonLogger : stderrLogger;
  const collector = await createCollector({
    ...rest,
    ...(token !== undefined && { token }),
    ...(store !== undefined && { openStore: () => openSharedStore(store, options, logger) }),
    logger,
  });
  process.stdout.write(`listening on ${collector.url}\n`);
  if (recordsSample && (await collector.isEmpty())) {
    // Not awaited: a stop must not wait for it, and its failure is no reason to stop.
    void recordSample({ collectorUrl: collector.url, ...(token !== undefined && { token }) }, logger);
  }
  const failed = new Promise<void>((resolve) => {
    net = spreadProcessNet(logger, resolve);
  });
  const code = await Promise.race([stopRequested.then(() => 0), failed.then(() => 1)]);
  await collector.close();
  net?.remove();
  return code;
}

/** Loaded when it is wanted: the embedded store needs nothing of it. */
async function openSharedStore(address: string, { prices = [] }: ServeOptions, logger: Logger): Promise<TraceStore> {
  const { ClickHouseTraceStore } = await import("../store/clickhouse/clickhouse-trace-store.ts");
  return ClickHouseTraceStore.open({ address, prices, onProblem: (message) => logger.error(message) });
}

/** From the first line on, so that a signal during the start is not lost. */
function waitForStopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
}
