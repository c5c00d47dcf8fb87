import { noFiles } from "./no-files.ts";

/** In the place of `recording/spool-config.ts`. @throws EverspanError `EVERSPAN_UNSUPPORTED_RUNTIME` */
export function resolveSpool(): never {
  throw noFiles("spool");
}
