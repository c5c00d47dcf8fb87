/** `npm run demo -- FILE…`: replays recorded agent runs, see `examples/trajectory-replay`. Runs the SDK's sources: never stale. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "./build-missing.mjs";

process.env.TSX_TSCONFIG_PATH ??= join(ROOT, "tsconfig.json");
// npm runs scripts in the root; a file is named from where the user stands.
if (process.env.npm_lifecycle_event === "demo") process.chdir(process.env.INIT_CWD ?? ".");
const { register } = await import("tsx/esm/api");
register();
await import(pathToFileURL(join(ROOT, "examples/trajectory-replay/src/main.ts")).href);
