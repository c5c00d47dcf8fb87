/** The repository names no machine: no private host, no absolute path of a home or work folder. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const FORBIDDEN = [
  { what: "a folder of one particular machine", pattern: /(?:^|[\s"'`(=])\/(?:home|root|Users|work)\/[\w.-]+/ },
  { what: "a private registry", pattern: /"resolved":\s*"(?!https:\/\/registry\.npmjs\.org\/)https?:/ },
];
/** Text that must hold such a pattern to do its work. */
const EXCEPT = new Set(["scripts/repository-words.mjs"]);

const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
  encoding: "utf8",
});
let found = 0;
for (const file of files
  .split("\0")
  .filter((name) => name !== "" && !EXCEPT.has(name) && !/\.(png|br|pem)$/.test(name))) {
  let text;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    continue;
  }
  for (const [index, line] of text.split("\n").entries()) {
    for (const { what, pattern } of FORBIDDEN) {
      if (!pattern.test(line)) continue;
      found += 1;
      console.error(`${file}:${index + 1}: ${what}: ${line.trim().slice(0, 120)}`);
    }
  }
}
if (found > 0) process.exit(1);
console.log("words: no machine is named");
