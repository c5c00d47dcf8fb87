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
/** Files with a test of the fault, by its id. */
const filesOf = new Map();
for (const file of new Set(list.toString().split("\0").filter(Boolean))) {
  let text;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    continue;
  }
  // A test's own call, or the call that `each` and its like answer with.
  for (const match of text.matchAll(/(?:\b(?:test|it|describe)|\))\(\s*["'`]((?:[BCPWSDRTVX]\d+\b[ ,]*)+)/g)) {
    for (const id of match[1].match(/[BCPWSDRTVX]\d+/g)) {
      tested.add(id);
      filesOf.set(id, (filesOf.get(id) ?? new Set()).add(file));
    }
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

// SECURITY.md claims of each item of the security checklist exactly what the catalogue and the tests bear out.
const claims = new Map(
  [...readFileSync("SECURITY.md", "utf8").matchAll(/^\| (X\d+) \| (.+) \| ((?:held by|to come: ).+) \|$/gm)].map(
    ([, id, title, state]) => [id, { title: title.replaceAll("\\|", "|"), state }],
  ),
);
for (const { id, title, later: reason } of catalogue.faults.filter((fault) => fault.id.startsWith("X"))) {
  const files = [...(filesOf.get(id) ?? [])].toSorted().map((file) => `\`${file}\``);
  const state = reason === undefined ? `held by ${files.join(", ")}` : `to come: ${reason}`;
  const claim = claims.get(id);
  if (claim?.title !== title || claim.state !== state)
    problems.push(`SECURITY.md must say of ${id}: ${title} | ${state}`);
  claims.delete(id);
}
for (const id of claims.keys()) problems.push(`SECURITY.md claims ${id}, which docs/faults.json does not have`);

for (const problem of problems) console.error(problem);
console.log(`faults: ${tested.size} of ${catalogue.faults.length} have a test, ${later} belong to parts still to come`);
if (problems.length > 0) process.exit(1);
