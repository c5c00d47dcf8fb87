/** `everspan init`: looks at a project, says what it would change, and changes it; `--undo` takes that back. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { UsageError } from "../usage-error.ts";
import { applyChanges, obstacleTo, undoChanges } from "./changes.ts";
import { planFor } from "./plan.ts";
import { inspectProject } from "./project.ts";

interface InitOptions {
  readonly directory: string;
  readonly isDryRun: boolean;
  readonly isUndo: boolean;
}

/** @returns 0 done or nothing to do, 1 something was left. @throws UsageError; Error in a sentence */
export async function init(args: readonly string[]): Promise<number> {
  const options = toInitOptions(args);
  return options.isUndo ? undo(options.directory) : setUp(options);
}

/** @throws UsageError */
function toInitOptions(args: readonly string[]): InitOptions {
  const options = { "dry-run": { type: "boolean" }, undo: { type: "boolean" } } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (positionals.length > 1) throw new Error("expected one directory");
    const [isDryRun, isUndo] = [values["dry-run"] === true, values.undo === true];
    return { directory: resolve(positionals[0] ?? "."), isDryRun, isUndo };
  } catch (error) {
    throw new UsageError(`init: ${(error as Error).message}`);
  }
}

function setUp({ directory, isDryRun }: InitOptions): number {
  const { about, changes, advice } = planFor(inspectProject(directory));
  tell(about);
  const possible = changes.filter((change) => {
    const obstacle = obstacleTo(change, directory);
    tell(obstacle === undefined ? `${isDryRun ? "Would" : "Will"} ${change.sentence}.` : left(change.path, obstacle));
    return obstacle === undefined;
  });
  if (!isDryRun && possible.length > 0) {
    applyChanges(possible, directory);
    tell(`Done. To take it back: npx everspan init --undo`);
  }
  for (const sentence of advice) tell(`${sentence}.`);
  return 0;
}

function undo(directory: string): number {
  const undone = undoChanges(directory);
  if (undone === undefined) {
    tell("Nothing was written here by everspan init.");
    return 0;
  }
  for (const { change, reason } of undone) {
    if (reason !== undefined) tell(left(change.path, reason));
    else tell(change.kind === "create" ? `Removed ${change.path}.` : `Put ${change.path} back.`);
  }
  return undone.some(({ reason }) => reason !== undefined) ? 1 : 0;
}

const left = (path: string, reason: string) => `Left ${path}: ${reason}${reason.endsWith("\n") ? "" : "."}`;

function tell(sentence: string): void {
  process.stdout.write(`${sentence}\n`);
}
