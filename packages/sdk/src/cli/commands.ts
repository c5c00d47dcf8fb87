import { readFileSync } from "node:fs";
import { runCollectorCommand } from "./collector-package.ts";
import { say } from "./say.ts";
import { UsageError } from "./usage-error.ts";

const USAGE = `Usage: everspan <command>

  run [--quiet] [--no-collector] -- COMMAND…   run a Node.js program and trace it, unchanged
  init [--dry-run | --undo] [DIRECTORY]        set a project up: says what it changes, and changes it

Commands of the collector (npm install --save-dev @everspan/collector):

  serve      receive spans, keep them, show them in the browser
  doctor     say in sentences what is wrong
  …          everspan serve --help; import, export, drain, ledger, token, backup, restore, reindex, copy
`;

/** @returns the exit code: 0 done, 1 failed, 2 the command line is wrong; undefined when the collector's command decides */
export async function runCommand(args: readonly string[]): Promise<number | undefined> {
  const [command, ...rest] = args;
  const isOwn = command === "run" || command === "init";
  if (isOwn && (rest[0] === "--help" || rest[0] === "-h")) {
    process.stdout.write(USAGE);
    return 0;
  }
  try {
    switch (command) {
      case "run":
        return await (await import("./run.ts")).run(rest);
      case "init":
        return await (await import("./init/init.ts")).init(rest);
      case undefined:
      case "--help":
      case "-h":
      case "help":
        process.stdout.write(USAGE);
        return command === undefined ? 2 : 0;
      case "--version":
      case "-v":
        process.stdout.write(`${ownVersion()}\n`);
        return 0;
      default:
        return await runCollectorCommand(command);
    }
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    if (!(error instanceof UsageError)) return 1;
    process.stderr.write(`\n${USAGE}`);
    return 2;
  }
}

function ownVersion(): string {
  return (JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string }).version;
}
