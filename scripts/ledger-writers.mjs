/**
 * Only the delivery core writes a ledger: prints each other place that does and ends non-zero. Types hold it for whoever
 * has a `Lane` (`LedgerView`); this holds it also for casts and for the counters of a `LaneLedger` got by other ways.
 */
import { readdirSync, readFileSync } from "node:fs";

const ROOT = "packages/sdk/src";
const CORE = "packages/sdk/src/delivery/core";
const WRITERS = [`${CORE}/lane-account.ts`, `${CORE}/disk-account.ts`];
const FIELDS = "created|recovered|delivered|coalesced|queued|spooled|inFlight|maybeDelivered|shedPayloads|dropped";
/** `ledger.x = …`, `ledger.dropped.x += …`, `ledger.dropped[x]++` and the like, but no comparison. */
const WRITE = new RegExp(
  String.raw`\bledger(?:\.(?:${FIELDS})|\[[^\]]+\])(?:\.\w+|\[[^\]]+\])?\s*(?:\+\+|--|(?:[-+*/%&|^]|<<|>>>?|\*\*|\?\?|&&|\|\|)?=(?![=>]))`,
);

let found = 0;
for (const entry of readdirSync(ROOT, { recursive: true, withFileTypes: true })) {
  const path = `${entry.parentPath}/${entry.name}`;
  if (!entry.isFile() || !path.endsWith(".ts") || WRITERS.includes(path)) continue;
  for (const [index, line] of readFileSync(path, "utf8").split("\n").entries()) {
    if (!WRITE.test(line)) continue;
    found += 1;
    console.error(`${path}:${index + 1} writes a ledger; only ${WRITERS.join(" and ")} may: ${line.trim()}`);
  }
}
if (found > 0) process.exit(1);
console.log(`ledgers: written by ${WRITERS.join(" and ")} alone`);
