/**
 * What the repository must not say: the name of a machine (a private host, an absolute path of a home or work folder),
 * and the words that `docs/words.md` retires.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const MACHINES = [
  { what: "a folder of one particular machine", pattern: /(?:^|[\s"'`(=]|:\/\/)\/(?:home|root|Users|work)\/[\w.-]+/ },
  { what: "a private registry", pattern: /"resolved":\s*"(?!https:\/\/registry\.npmjs\.org\/)https?:/ },
];
/** Text that must hold such a word to do its work, or that tells of the past. */
const EXCEPT = new Set(["scripts/repository-words.mjs", "docs/words.md", "CHANGELOG.md", "package-lock.json"]);
const RETIRED = retiredWords();

const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
  encoding: "utf8",
})
  .split("\0")
  .filter((name) => name !== "" && !/\.(png|br|pem|bin|woff2)$/.test(name));
let found = 0;
for (const file of new Set(files)) {
  const text = read(file);
  if (text === undefined) continue;
  const rules = [...(file === "scripts/repository-words.mjs" ? [] : MACHINES), ...(EXCEPT.has(file) ? [] : RETIRED)];
  for (const [index, line] of text.split("\n").entries()) {
    for (const { what, pattern } of rules) {
      if (!pattern.test(line)) continue;
      found += 1;
      console.error(`${file}:${index + 1}: ${what}: ${line.trim().slice(0, 120)}`);
    }
  }
}
if (found > 0) process.exit(1);
console.log(`words: no machine is named, none of ${RETIRED.length} retired words is used`);

/** The first column of the second table of `docs/words.md`; a phrase matches as words, a name as it is written. */
function retiredWords() {
  const [, table = ""] = read("docs/words.md")?.split("## What they replace") ?? [];
  const words = [...table.matchAll(/^\| ([^|]+) \| ([^|]+) \|$/gm)]
    .filter(([, word]) => word !== "retired")
    .flatMap(([, list, instead]) => list.split(", ").map((word) => ({ word, instead })));
  if (words.length === 0) throw new Error("docs/words.md has no table of retired words");
  return words.map(({ word, instead }) => ({
    what: `"${word}" is retired, write ${instead}`,
    pattern: new RegExp(`\\b${word.replaceAll(" ", "\\s+")}\\b`, /[A-Z]/.test(word) ? "" : "i"),
  }));
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
