/** Finds the command and turns what goes wrong into one sentence and an exit code. */
import { VERSION } from "../version.ts";
import { drain, parseDrainOptions } from "./drain.ts";
import { ledger } from "./ledger.ts";
import { serve } from "./serve.ts";
import { parseServeOptions } from "./serve-options.ts";
import { USAGE, UsageError } from "./usage.ts";

/** @returns the exit code: 0 done, 1 failed, 2 the command line is wrong */
export async function runCommand(args: readonly string[]): Promise<number> {
  try {
    return await dispatch(args);
  } catch (error) {
    process.stderr.write(`everspan: ${error instanceof Error ? error.message : String(error)}\n`);
    if (!(error instanceof UsageError)) return 1;
    process.stderr.write(`\n${USAGE}`);
    return 2;
  }
}

async function dispatch([command, ...rest]: readonly string[]): Promise<number> {
  if (command === "--version" || command === "-v") {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  if (command === "--help" || command === "-h" || command === "help" || rest.includes("--help")) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (command === "serve") return serve(parseServeOptions(rest, process.env));
  if (command === "drain") return drain(parseDrainOptions(rest));
  if (command === "ledger") return ledger(rest);
  throw new UsageError(command === undefined ? "a command is missing" : `there is no command ${command}`);
}
