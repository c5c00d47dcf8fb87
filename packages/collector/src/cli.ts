#!/usr/bin/env node
/** `everspan`: the collector's command line. */
import { runCommand } from "./cli/run-command.ts";

// Who reads the output may have seen enough, as `| head` has: the rest is written to nobody.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

process.exitCode = await runCommand(process.argv.slice(2));
