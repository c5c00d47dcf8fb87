import { createRequire } from "node:module";
import type { Spooler } from "./spooling/spooler.ts";

/**
 * A process may end before the spool's code was loaded, and an exit waits for no import. Then the built file beside this
 * one is loaded within the turn. Where there is no such file (a bundle, the sources), what these first milliseconds
 * recorded is lost, as it would be without a spool.
 */
export function onExitBeforeLoading(write: (spooler: typeof Spooler) => void): { readonly noLonger: () => void } {
  const onExit = () => {
    try {
      const url = import.meta.url;
      const built = url.endsWith(".cjs") ? "./spooling.cjs" : "./spooling.js";
      write((createRequire(url)(built) as typeof import("./spooling/spooler.ts")).Spooler);
    } catch {
      // Nobody is left to tell.
    }
  };
  process.once("exit", onExit);
  return { noLonger: () => process.removeListener("exit", onExit) };
}
