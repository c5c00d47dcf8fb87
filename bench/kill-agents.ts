/**
 * `kill -9` at random points of a running agent, again and again, and the account of it: real processes, real files, a
 * real server. `npx tsx bench/kill-agents.ts [--cycles 500] [--seed 1]`; needs the built SDK.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { seededRandom } from "everspan/internals";
import { killCycle } from "../e2e/kill-cycle.ts";
import { startSpanBackEnd } from "../e2e/span-back-end.ts";

const { values } = parseArgs({
  options: { cycles: { type: "string", default: "500" }, seed: { type: "string", default: "1" } },
});
const CYCLES = Number(values.cycles);
const LONGEST_LIFE_MS = 200;
const random = seededRandom(Number(values.seed));

const directory = await mkdtemp(join(tmpdir(), "everspan-kill-"));
await using backEnd = await startSpanBackEnd();
const sums = { ended: 0, open: 0, lost: 0, interrupted: 0, recovered: 0, crash: 0, corrupt: 0, exact: 0 };
for (let cycle = 1; cycle <= CYCLES; cycle++) {
  const result = await killCycle(backEnd, directory, random() * LONGEST_LIFE_MS, random() < 0.5);
  sums.ended += result.life.ended.length;
  sums.open += result.life.open.length;
  sums.lost += result.lostEnded.length + result.lostOpen.length;
  sums.interrupted += result.interrupted;
  sums.recovered += result.recovered;
  sums.crash += result.crash;
  sums.corrupt += result.corrupt;
  if (result.isExact) sums.exact += 1;
  else console.log(`cycle ${cycle}: ${JSON.stringify({ ...result, life: undefined })}`);
  if (cycle % 50 === 0) console.error(`${cycle} of ${CYCLES}`);
}
await rm(directory, { recursive: true, force: true });
console.log(`${CYCLES} kills: ${sums.ended} ended and ${sums.open} open spans were on disk, ${sums.lost} of them lost`);
console.log(`${sums.interrupted} open spans arrived as Interrupted; ${sums.recovered} records recovered`);
console.log(`${sums.crash} records had not reached the disk and were counted, ${sums.corrupt} were corrupt`);
console.log(`${sums.exact} of ${CYCLES} accounts exact`);
process.exitCode = sums.lost === 0 && sums.exact === CYCLES ? 0 : 1;
