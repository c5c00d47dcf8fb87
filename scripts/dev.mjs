/**
 * `npm run dev`: the collector from its sources, started again when they change, and the viewer by Vite with what it
 * asks for passed on to the collector. Ends both when one ends or on Ctrl-C.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "./build-missing.mjs";

const env = { ...process.env, TSX_TSCONFIG_PATH: join(ROOT, "tsconfig.json") };
const collector = ["--watch", "--watch-preserve-output", "--import", "tsx", "packages/collector/src/cli.ts", "serve"];
const children = [
  spawn(process.execPath, [...collector, ...process.argv.slice(2)], { cwd: ROOT, env, stdio: "inherit" }),
  spawn(process.execPath, [join(ROOT, "node_modules/vite/bin/vite.js")], {
    cwd: join(ROOT, "packages/viewer"),
    env,
    stdio: "inherit",
  }),
];

function stop() {
  for (const child of children) if (child.exitCode === null) child.kill("SIGTERM");
}

for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, stop);
for (const child of children) {
  child.once("exit", (code) => {
    process.exitCode ??= code ?? 0;
    stop();
  });
}
