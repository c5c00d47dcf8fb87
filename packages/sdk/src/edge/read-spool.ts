/** In the place of `read-spool.ts`. */
import { noFiles } from "./no-files.ts";

/** Rejects: there is no spool. */
export async function readSpoolAccounts(): Promise<never> {
  throw noFiles("readSpoolAccounts");
}
