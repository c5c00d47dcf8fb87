/** Subjects take turns in rounds, so that what disturbs the machine disturbs all of them alike. */
import { measureCell } from "./cell.mjs";
import { needsPeers, PEERS_INSTALLED } from "./subjects.mjs";

/** Measured once is enough for who takes this long: their figures are far from the others'. */
const SLOW_MS = 15_000;

/**
 * Adds a cell to the results for each subject and round that is not among them yet.
 * @param context.node the binary that runs what is measured; default: the one that runs this
 */
export async function measureRounds({ section, workload }, subjects, { rounds, limitMs, node, results, say }) {
  for (let round = 1; round <= rounds; round++) {
    for (const subject of subjects) {
      const cell = { section, subject: subject.name, round };
      if (results.has(cell) || isSettled(subject, results.rounds(section, subject.name))) continue;
      say(`${section}, round ${round} of ${rounds}: ${subject.name}`);
      results.add({ ...cell, ...(await measured(subject, workload, { limitMs, node })) });
    }
  }
}

async function measured(subject, workload, options) {
  if (needsPeers(subject) && !PEERS_INSTALLED) return { failed: "not installed: `npm ci` in bench/peers" };
  try {
    return await measureCell(subject, workload, options);
  } catch (error) {
    return { failed: String(error.message).split("\n")[0].slice(0, 120) };
  }
}

function isSettled({ isMeasuredOnce = false }, cells) {
  return (
    (isMeasuredOnce && cells.length > 0) ||
    cells.some(({ failed, closedMs }) => failed !== undefined || closedMs > SLOW_MS)
  );
}
