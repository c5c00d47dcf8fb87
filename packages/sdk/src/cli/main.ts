#!/usr/bin/env node
/**
 * `everspan`: what concerns a program is done here (`run`, `init`); the collector's commands are the collector's, when it is
 * installed.
 */
import { runCommand } from "./commands.ts";

void runCommand(process.argv.slice(2)).then((code) => {
  if (code !== undefined) process.exitCode = code;
});
