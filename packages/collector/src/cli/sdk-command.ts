/**
 * `everspan run` and `everspan init` are the SDK's, which has a command of the same name: whichever of the two a package
 * manager puts in place, all commands are there.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

export function isSdkCommand(command: string | undefined): boolean {
  return command === "run" || command === "init";
}

/** It reads the process's arguments and sets its exit code. */
export async function runSdkCommand(): Promise<void> {
  const manifest = createRequire(import.meta.url).resolve("everspan/package.json");
  const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as { bin: { everspan: string } };
  await import(pathToFileURL(join(dirname(manifest), bin.everspan)).href);
}
