#!/usr/bin/env node
/** `everspan`: the collector's command line. */
import { runCommand } from "./cli/run-command.ts";

process.exitCode = await runCommand(process.argv.slice(2));
