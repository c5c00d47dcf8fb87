/**
 * Tries delivery under drawn fault schedules: `npm run simulate -- --seeds 100000 --from 1`, or one seed, made as
 * small as it goes while it fails: `npm run simulate -- --seed 4711`. With `--lives 1000` tries whole processes instead,
 * that end and begin again on one disk. Ends with code 1 when an invariant did not hold.
 */
import { parseArgs } from "node:util";
import {
  drawPlan,
  INVARIANTS,
  MARKS,
  REGRESSIONS,
  runPlan,
  runSeed,
  shrink,
  simulate,
  simulateLives,
} from "@everspan/testkit";

/** Fewer seeds than this may miss a rare branch by chance. */
const SEEDS_FOR_ALL_MARKS = 2_000;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "2000" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    lives: { type: "string" },
  },
});

if (values.lives !== undefined) process.exitCode = await runLives(Number(values.from), Number(values.lives));
else if (values.seed !== undefined) process.exitCode = runOne(Number(values.seed));
else process.exitCode = runMany(Number(values.from), Number(values.seeds));

function runMany(firstSeed: number, seeds: number): number {
  for (const { name, plan } of REGRESSIONS) {
    const { violation } = runPlan(plan);
    if (violation !== undefined) return complain(`regression "${name}"`, violation.message);
  }
  const startedMs = performance.now();
  const { events, failures, missedMarks, seeds: done } = simulate(firstSeed, seeds);
  const seconds = (performance.now() - startedMs) / 1_000;
  const pace = `${Math.round(done / seconds)} seeds/s, ${Math.round(events / done)} events a seed`;
  console.log(`${done} seeds from ${firstSeed} in ${seconds.toFixed(1)} s: ${pace}`);
  console.log(
    `${MARKS.length - missedMarks.length} of ${MARKS.length} rare branches met, ${failures.length} violations`,
  );
  for (const { seed, violation } of failures) complain(`seed ${seed}`, violation.message);
  if (failures.length > 0) return 1;
  if (missedMarks.length === 0 || done < SEEDS_FOR_ALL_MARKS) return 0;
  for (const mark of missedMarks) console.error(`never met: ${mark}`);
  return 1;
}

function runOne(seed: number): number {
  const { events, violation } = runSeed(seed);
  if (violation === undefined) {
    console.log(`seed ${seed}: ${events} events, every invariant held`);
    return 0;
  }
  console.log(JSON.stringify(shrink(drawPlan(seed)), null, 2));
  return complain(`seed ${seed}`, `${violation.message}\n(${INVARIANTS[violation.invariant]})`);
}

async function runLives(firstSeed: number, seeds: number): Promise<number> {
  const startedMs = performance.now();
  let failures = 0;
  for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
    const { violation } = await simulateLives(seed);
    if (violation !== undefined) failures += complain(`seed ${seed}`, violation.message);
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  console.log(`${seeds} seeds of lives from ${firstSeed} in ${seconds.toFixed(1)} s, ${failures} violations`);
  return failures > 0 ? 1 : 0;
}

function complain(what: string, message: string): number {
  console.error(`${what}: ${message}`);
  return 1;
}
