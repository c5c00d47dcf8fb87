import type { Spooler } from "./spooler.ts";

/**
 * A process may end before the spool's code was loaded, and an exit waits for no import. Then the CommonJS build beside
 * this file is loaded within the turn, also by the ESM build, whose own copy may be half loaded. Where there is no such file (a bundle, the sources), what these first milliseconds
 * recorded is lost, as it would be without a spool.
 */
export function onExitBeforeLoading(write: (spooler: typeof Spooler) => void): { readonly noLonger: () => void } {
  const onExit = () => {
    try {
      // Asked of the process: a bundler that saw this would put the CommonJS build beside the other.
      const load = process.getBuiltinModule("node:module").createRequire(import.meta.url);
      write((load("./spooling.cjs") as typeof import("./spooler.ts")).Spooler);
    } catch {
      // Nobody is left to tell.
    }
  };
  process.once("exit", onExit);
  return { noLonger: () => process.removeListener("exit", onExit) };
}
