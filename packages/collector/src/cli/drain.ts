/** `everspan drain`: delivers what dead processes left in a spool. */
import { CollectorExporter, readSpoolAccounts, type SpoolAccount, type Tracer, tracerFromEnv } from "everspan";
import { UsageError } from "./usage-error.ts";

export interface DrainOptions {
  readonly directory: string;
  readonly to: string | undefined;
  readonly timeoutMs: number;
}

/** How often the line of progress is written anew. */
const PROGRESS_MS = 200;

/** @throws UsageError */
export function toDrainOptions(directory: string, flags: { to?: string; timeout: string }): DrainOptions {
  const seconds = Number(flags.timeout);
  if (!(seconds > 0)) throw new UsageError(`--timeout must be a positive number of seconds, got ${flags.timeout}`);
  return { directory, to: flags.to, timeoutMs: seconds * 1000 };
}

/** @returns 0 when nothing is left, else 1 */
export async function drain(options: DrainOptions): Promise<number> {
  const dead = (await readSpoolAccounts(options.directory)).filter(({ isHeld }) => !isHeld);
  const pending = pendingIn(dead);
  if (pending === 0) {
    process.stdout.write("nothing is left of dead processes\n");
    return 0;
  }
  const tracer = tracerFor(options, lanesOf(dead));
  const stopProgress = showProgress(tracer, pending);
  const { lanes } = await tracer.flush({ timeoutMs: options.timeoutMs });
  stopProgress();
  await tracer.shutdown({ timeoutMs: 1_000 });
  const sum = (of: (lane: (typeof lanes)[string]) => number) =>
    Object.values(lanes).reduce((total, lane) => total + of(lane), 0);
  const lost = sum(({ dropped }) => Object.values(dropped).reduce((total, count) => total + count, 0));
  const left = pendingIn((await readSpoolAccounts(options.directory)).filter(({ isHeld }) => !isHeld));
  process.stdout.write(
    `${dead.length} dead processes, ${pending} records: ${sum((lane) => lane.delivered)} delivered, ` +
      `${sum((lane) => lane.coalesced)} coalesced, ${lost} lost, ${left} left\n`,
  );
  return left === 0 && lost === 0 ? 0 : 1;
}

/** Records are kept for lanes, by name. A collector that is named takes the place of them all. */
function tracerFor({ directory, to }: DrainOptions, lanes: readonly string[]): Tracer {
  const spool = { directory };
  if (to === undefined) return tracerFromEnv({ spool });
  const token = process.env.EVERSPAN_TOKEN;
  const exporters = lanes.map(
    (name) => new CollectorExporter({ name, url: to, ...(token === undefined ? {} : { token }) }),
  );
  return tracerFromEnv({ spool, exporters });
}

function lanesOf(accounts: readonly SpoolAccount[]): string[] {
  return [...new Set(accounts.flatMap(({ lanes }) => lanes.map(({ lane }) => lane)))];
}

function pendingIn(accounts: readonly SpoolAccount[]): number {
  return accounts.flatMap(({ lanes }) => lanes).reduce((sum, lane) => sum + lane.pending, 0);
}

function showProgress(tracer: Tracer, total: number): () => void {
  const show = () => {
    const done = Object.values(tracer.stats().lanes).reduce((sum, lane) => sum + lane.delivered + lane.coalesced, 0);
    process.stderr.write(`\r${done} of ${total} records`);
  };
  const timer = setInterval(show, PROGRESS_MS);
  return () => {
    clearInterval(timer);
    show();
    process.stderr.write("\n");
  };
}
