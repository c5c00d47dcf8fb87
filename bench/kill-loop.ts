/**
 * Kills a process that writes a spool, again and again, and checks what the next start finds:
 * `npx tsx bench/kill-loop.ts [CYCLES=500]`. Exit code 1 when a spooled record is lost or an account is not exact.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CrashChild } from "@everspan/testkit";
import { Spool, seededRandom } from "everspan/internals";

const PROGRAM = new URL("../packages/sdk/src/spool/spool-program.fixture.ts", import.meta.url);
const LANES = ["a", "b"];
const MOST_DELAY_MS = 60;

const cycles = Number(process.argv[2] ?? 500);
const directory = mkdtempSync(join(tmpdir(), "everspan-kill-loop-"));
const random = seededRandom(1);
const totals = { promised: 0, found: 0, lost: 0, crash: 0, torn: 0, exact: 0 };

async function oneLife(): Promise<number> {
  const child = new CrashChild(PROGRAM, { args: ["append", directory] });
  await child.line((line) => line.startsWith("spooled"));
  await new Promise((resolve) => setTimeout(resolve, random() * MOST_DELAY_MS));
  await child.kill();
  return Number(child.lines.at(-1)?.split(" ")[1]);
}

async function recover(promised: number): Promise<void> {
  const spool = Spool.open({ directory, lanes: LANES });
  const { orphans } = await spool.adopt();
  for (const orphan of orphans) {
    for await (const { seq, lanes } of orphan.read()) for (const lane of lanes) orphan.settle(lane, seq, "delivered");
    await orphan.commit();
    const report = orphan.report!;
    totals.promised += promised;
    totals.found += report.records;
    totals.lost += Math.max(0, promised - report.records);
    totals.crash += report.lanes[1]!.crash;
    totals.torn += report.tornBytes > 0 ? 1 : 0;
    totals.exact += report.isExact && report.lanes.every(({ corrupt }) => corrupt === 0) ? 1 : 0;
  }
  await spool.close();
}

for (let cycle = 1; cycle <= cycles; cycle += 1) await recover(await oneLife());
rmSync(directory, { recursive: true });

console.log(`${cycles} kills: ${totals.promised} records were spooled, ${totals.lost} of them lost`);
console.log(
  `${totals.found} records found, ${totals.crash} above the spooled mark lost and counted, ${totals.torn} torn tails`,
);
console.log(`${totals.exact} of ${cycles} accounts exact`);
process.exitCode = totals.lost === 0 && totals.exact === cycles ? 0 : 1;
