/**
 * What 10,000 spans of 50 KB with one system prompt hold while nobody listens at the back end: resident memory at its
 * highest, and the spool's bytes. Each row is a process of its own, without anything but the built SDK.
 * `npm run build && npx tsx bench/dead-back-end.ts`. Ends non-zero when a bound does not hold.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("dead-back-end-program.mjs", import.meta.url));
const SPANS = 10_000;
const MAX_RESIDENT_MB = 150;
const MAX_SPOOL_MB = 15;

interface Held {
  readonly startBytes: number;
  readonly peakBytes: number;
  readonly pending: number;
}

const PACES = { paced: "5,000 a second", loop: "in one loop" };
const PROMPTS = { shared: "the same string", built: "built anew for each span" };

let isMissed = false;
for (const place of ["memory", "spool"]) {
  for (const [pace, paceText] of Object.entries(PACES)) {
    for (const [prompt, promptText] of Object.entries(PROMPTS)) measure(place, [pace, paceText], [prompt, promptText]);
  }
}
process.exitCode = isMissed ? 1 : 0;

function measure(place: string, [pace, paceText]: [string, string], [prompt, promptText]: [string, string]): void {
  const directory = mkdtempSync(join(tmpdir(), "everspan-dead-"));
  try {
    const args = [PROGRAM, `${SPANS}`, pace, prompt, ...(place === "spool" ? [directory] : [])];
    const held = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as Held;
    const spoolMb = bytesIn(directory) / 1e6;
    const residentMb = held.peakBytes / 1e6;
    // In one loop without a turn, strings built anew are the application's own garbage: shown, not judged.
    const isJudged = !(pace === "loop" && prompt === "built");
    const holds = held.pending === SPANS && residentMb <= MAX_RESIDENT_MB && spoolMb <= MAX_SPOOL_MB;
    if (isJudged && !holds) isMissed = true;
    console.log(
      `${isJudged ? (holds ? "ok  " : "MISS") : "    "} ${place}, ${paceText}, prompt ${promptText}: ` +
        `${residentMb.toFixed(0)} MB resident at most (${(held.startBytes / 1e6).toFixed(0)} at the start), ` +
        `${spoolMb.toFixed(1)} MB on disk, ${held.pending} of ${SPANS} kept`,
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function bytesIn(directory: string): number {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => statSync(join(directory, name)))
    .reduce((sum, status) => sum + (status.isFile() ? status.size : 0), 0);
}
