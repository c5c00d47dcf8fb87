import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { ROOT } from "./collector-process.ts";
import { ABSENT_REASON, recordedRuns } from "./recorded-runs.ts";

test("the spool of each recorded run takes at most 1.3 times its distinct content", async () => {
  const bench = join(ROOT, "bench/spool-bytes.ts");
  // It ends non-zero, and so this rejects, when a run takes more.
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", bench], { cwd: ROOT });
  if (recordedRuns.length === 0) console.warn(`not measured: ${ABSENT_REASON}`);
  else console.log(stdout);

  const rows = stdout.split("\n").filter((line) => /\d\.\d\d\s*$/.test(line));
  expect(rows).toHaveLength(recordedRuns.length === 0 ? 0 : recordedRuns.length + 1);
});
