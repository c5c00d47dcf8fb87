/** Runs cells in interleaved rounds, so that what disturbs the machine disturbs all of them alike. */
import { appendFileSync } from "node:fs";
import { loadavg } from "node:os";
import { measureCell } from "./cell.mjs";
import { summarise } from "./statistics.mjs";
import { needsPeers, PEERS_INSTALLED } from "./subjects.mjs";

/**
 * @param options.rounds how often each subject is measured; `log`: the file for results as JSON lines
 * @returns rows for `workloadTable`
 */
export async function measureWorkload(workload, subjects, { rounds, log, say }) {
  const taking = subjects.filter((subject) => subject.only === undefined || subject.only.includes(workload));
  const results = new Map(taking.map(({ name }) => [name, []]));
  const failures = new Map();
  for (let round = 1; round <= rounds; round++) {
    for (const subject of taking) {
      if (failures.has(subject.name) || results.get(subject.name).some(isSlow)) continue;
      if (needsPeers(subject) && !PEERS_INSTALLED) {
        failures.set(subject.name, "not installed: `npm ci` in bench/peers");
        continue;
      }
      say(`${workload}, round ${round} of ${rounds}: ${subject.name}`);
      try {
        const result = await measureCell(subject, workload);
        results.get(subject.name).push(result);
        appendFileSync(log, `${JSON.stringify({ round, load: loadavg()[0], ...result })}\n`);
      } catch (error) {
        failures.set(subject.name, `failed: ${String(error.message).split("\n")[0].slice(0, 120)}`);
      }
    }
  }
  return taking.map((subject) => rowOf(subject, results.get(subject.name), failures.get(subject.name)));
}

/** Measured once is enough for who takes this long: their figures are far from the others'. */
const SLOW_MS = 20_000;

function isSlow({ closedMs }) {
  return closedMs > SLOW_MS;
}

function rowOf({ name, scale }, rounds, failed) {
  const label = scale === undefined ? name : `${name} (${rounds[0]?.spans ?? "few"} spans)`;
  return rounds.length === 0 ? { name: label, failed } : { name: label, figures: summarise(rounds) };
}
