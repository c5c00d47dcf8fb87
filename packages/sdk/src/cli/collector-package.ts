/** The collector, where it is installed: beside the project that the command runs in, or beside this package. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const PACKAGE = "@everspan/collector";

/** The file of its command line; undefined where it is not installed. */
export function findCollector(directory: string = process.cwd()): string | undefined {
  for (const from of [join(directory, "package.json"), fileURLToPath(import.meta.url)]) {
    try {
      const manifest = createRequire(from).resolve(`${PACKAGE}/package.json`);
      const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as { bin: { everspan: string } };
      return join(dirname(manifest), bin.everspan);
    } catch {
      // Not here.
    }
  }
  return undefined;
}

/** Runs the command that the process was started with. @returns the exit code when there is no collector */
export async function runCollectorCommand(command: string): Promise<number | undefined> {
  const file = findCollector();
  if (file === undefined) {
    process.stderr.write(
      `everspan: "${command}" is a command of the collector, which is not installed here: ` +
        `npm install --save-dev ${PACKAGE}, then npx everspan ${command} (or once: npx ${PACKAGE} ${command})\n`,
    );
    return 1;
  }
  // It reads the process's own arguments and sets the exit code.
  await import(pathToFileURL(file).href);
  return undefined;
}
