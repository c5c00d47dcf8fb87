import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Which methods there are of a client and of what they give, and which of them the matrix calls; in a process of its own. */
export function surveyOf(name) {
  const program = fileURLToPath(new URL("run-survey.mjs", import.meta.url));
  const options = { encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "ignore"] };
  return JSON.parse(execFileSync(process.execPath, [program, name], options));
}

/** Where its methods stand by name. */
export const fileOf = (name) =>
  new URL(`surface/${name.replace(/^@|[,]/g, "").replaceAll(/[/ ]/g, "-")}.txt`, import.meta.url);
