/**
 * Every fault of the catalogue (`docs/faults.json`) has a test whose name begins with its id. Faults whose part of the
 * product is not built yet are listed there as `later`, with the reason; a fault that has a test must not be.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const catalogue = JSON.parse(readFileSync("docs/faults.json", "utf8"));
const list = execFileSync("git", [
  "ls-files",
  "-z",
  "--cached",
  "--others",
  "--exclude-standard",
  "--",
  "*.test.ts",
  "*.test.tsx",
]);
const tested = new Set();
for (const file of new Set(list.toString().split("\0").filter(Boolean))) {
  let text;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    continue;
  }
  // A test's own call, or the call that `each` and its like answer with.
  for (const match of text.matchAll(/(?:\b(?:test|it|describe)|\))\(\s*["'`]((?:[BCPWSDRTVX]\d+\b[ ,]*)+)/g)) {
    for (const id of match[1].match(/[BCPWSDRTVX]\d+/g)) tested.add(id);
  }
}

const problems = [];
let later = 0;
for (const { id, title, later: reason } of catalogue.faults) {
  if (reason === undefined && !tested.has(id)) problems.push(`${id} has no test: ${title}`);
  if (reason !== undefined && tested.has(id))
    problems.push(`${id} has a test: it is no longer "later" in docs/faults.json`);
  if (reason !== undefined && !tested.has(id)) later += 1;
}
const known = new Set(catalogue.faults.map(({ id }) => id));
for (const id of tested) if (!known.has(id)) problems.push(`${id} is tested but not in docs/faults.json`);

for (const problem of problems) console.error(problem);
console.log(`faults: ${tested.size} of ${catalogue.faults.length} have a test, ${later} belong to parts still to come`);
if (problems.length > 0) process.exit(1);
