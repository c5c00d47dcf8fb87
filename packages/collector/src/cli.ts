#!/usr/bin/env node
/** `everspan`: the collector's command line. */
import { runCommand } from "./cli/run-command.ts";
import { isSdkCommand, runSdkCommand } from "./cli/sdk-command.ts";

// Who reads the output may have seen enough, as `| head` has: the rest is written to nobody.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

const args = process.argv.slice(2);
if (isSdkCommand(args[0])) await runSdkCommand();
else process.exitCode = await runCommand(args);
