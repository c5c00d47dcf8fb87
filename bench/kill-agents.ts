/**
 * `kill -9` at random points of a running agent, again and again, and the account of it: real processes, real files,
 * and the collector that users run, with its SQLite store, asked over HTTP.
 *
 *   npx tsx bench/kill-agents.ts [--cycles 500] [--seed 1] [--at-a-time 2] [--minutes 15]
 *
 * Needs `npm run build`. Ends non-zero when anything is off, or when the time was not enough for all cycles. Each cycle
 * is an agent that is killed within 200 ms, half of them while the collector can't be reached, and the start after it,
 * which delivers what is left; in every second cycle an agent in between is killed too, while it adopts. One of the two agents at a time speaks SGP's dialect, the other the collector's own.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { seededRandom } from "everspan/internals";
import { CollectorProcess } from "../e2e/collector-process.ts";
import { type KillCycle, killCycle } from "../e2e/kill-cycle.ts";
import { pinSdk } from "./harness/pinned-sdk.mjs";

const { values } = parseArgs({
  options: {
    cycles: { type: "string", default: "500" },
    seed: { type: "string", default: "1" },
    "at-a-time": { type: "string", default: "2" },
    minutes: { type: "string", default: "15" },
  },
});
const CYCLES = Number(values.cycles);
const AT_A_TIME = Number(values["at-a-time"]);
const LONGEST_LIFE_MS = 200;
const PROGRESS_CYCLES = 50;

const cycles: KillCycle[] = [];
const random = seededRandom(Number(values.seed));
const startedMs = performance.now();
const endMs = startedMs + Number(values.minutes) * 60_000;
const folder = await mkdtemp(join(tmpdir(), "everspan-kill-"));
const build = pinSdk(folder);
const collector = await CollectorProcess.start({ dataDirectory: join(folder, "store") });
try {
  let next = 0;
  const worker = async (_: unknown, index: number): Promise<void> => {
    const directory = join(folder, `spool-${index}`);
    await mkdir(directory);
    const exporter = index % 2 === 0 ? "collector" : "sgp";
    while (next < CYCLES && performance.now() < endMs) {
      next += 1;
      const [afterMs, isCollectorUp] = [random() * LONGEST_LIFE_MS, random() < 0.5];
      const heirAfterMs = random() * LONGEST_LIFE_MS;
      const killHeir = next % 2 === 0 ? { killHeir: { afterMs: heirAfterMs } } : {};
      take(await killCycle(collector, { directory, exporter, kill: { afterMs }, ...killHeir, isCollectorUp }));
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  process.exitCode = (await report()) ? 0 : 1;
} finally {
  await collector.stop();
  await rm(folder, { recursive: true, force: true });
}

function take(cycle: KillCycle): void {
  cycles.push(cycle);
  const { lostEnded, lostOpen, notInterrupted, discrepancies, stored } = cycle;
  const { duplicates, invented } = stored;
  const troubles = { lostEnded, lostOpen, notInterrupted, discrepancies, duplicates, invented };
  if (Object.values(troubles).some((each) => each.length > 0)) {
    const { options, life, dead } = cycle;
    const said = { spans: life.recorded.traceIdOf.size, ended: life.ended.length, open: life.open.length };
    console.log(JSON.stringify({ troubles, cycle: { ...options, directory: undefined }, said, dead }));
  }
  if (cycles.length % PROGRESS_CYCLES !== 0) return;
  const cyclesPerSecond = (cycles.length * 1000) / (performance.now() - startedMs);
  console.error(`${cycles.length} of ${CYCLES} kills, ${cyclesPerSecond.toFixed(1)} a second`);
}

/** @returns whether everything is as promised */
async function report(): Promise<boolean> {
  const sum = (count: (cycle: KillCycle) => number) => cycles.reduce((total, cycle) => total + count(cycle), 0);
  const lives = cycles.flatMap(({ life, heir }) => (heir === undefined ? [life] : [life, heir]));
  const kills = lives.filter(({ signal }) => signal === "SIGKILL").length;
  const planned = CYCLES + Math.floor(CYCLES / 2);
  const spooled = lives.reduce((total, { ended, open }) => total + ended.length + open.length, 0);
  const lost = sum(({ lostEnded, lostOpen }) => lostEnded.length + lostOpen.length);
  const exact = sum(({ discrepancies }) => (discrepancies.length === 0 ? 1 : 0));
  const spans = sum(({ stored }) => stored.spans);
  const duplicates = sum(({ stored }) => stored.duplicates.length);
  const notInterrupted = sum((cycle) => cycle.notInterrupted.length);
  const strange = sum(({ corrupt, stored }) => corrupt + stored.invented.length);
  const store = await storeFigures();

  const seconds = (performance.now() - startedMs) / 1000;
  console.log(`Everspan: ${build}. Collector: everspan serve, SQLite. Seed ${values.seed}, ${seconds.toFixed(0)} s`);
  const crash = sum((cycle) => cycle.crash);
  console.log(
    `${sum(({ recovered }) => recovered)} records left by the dead, ${crash} of them not on disk yet: counted`,
  );
  console.log(`${store.repeated} records arrived again and were merged`);
  const running = sum(({ stored }) => stored.running.length);
  return [
    line(
      kills === planned,
      `kills of a running agent: ${kills} of ${planned}, ${planned - CYCLES} of them while it adopted`,
    ),
    line(lost === 0, `spooled records lost: ${lost} of ${spooled}`),
    line(exact === CYCLES, `accounts exact: ${exact} of ${CYCLES}`),
    line(
      duplicates === 0 && store.spans === spans && store.conflicts === 0,
      `duplicates visible at the store: ${duplicates} of ${spans} spans shown, ${store.spans} counted, ${store.conflicts} conflicts`,
    ),
    line(
      notInterrupted === 0,
      `open spans on disk that are not Interrupted: ${notInterrupted}; ${sum(({ stored }) => stored.interrupted.size)} are`,
    ),
    line(running === 0, `open spans that reached the collector and stay running there: ${running}`),
    line(strange === 0, `records corrupt, or spans that nobody recorded: ${strange}`),
  ].every(Boolean);
}

async function storeFigures(): Promise<{ spans: number; conflicts: number; repeated: number }> {
  const { spans } = (await (await collector.get("/api/stats")).json()) as { spans: number };
  const metrics = await (await collector.get("/metrics")).text();
  const counted = (result: string) =>
    Number(new RegExp(`^everspan_records_total{result="${result}"} (\\d+)$`, "m").exec(metrics)?.[1] ?? Number.NaN);
  return { spans, conflicts: counted("conflict"), repeated: counted("duplicate") };
}

function line(holds: boolean, text: string): boolean {
  console.log(`${holds ? "ok  " : "OFF "} ${text}`);
  return holds;
}
