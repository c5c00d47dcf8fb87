import { EverspanError } from "@everspan/protocol";

/** What needs a disk is refused where there is none, not silently left out. */
export function noFiles(what: string): EverspanError {
  return new EverspanError(
    "EVERSPAN_UNSUPPORTED_RUNTIME",
    `${what}: expected a runtime with files, got the lean build; use "everspan" on Node.js, Bun or Deno`,
  );
}
