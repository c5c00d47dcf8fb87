/**
 * `npm start -- [options]`: builds what is missing, then is `everspan serve [options]`. The command line runs in this
 * very process, so signals, exit code and the one line on stdout are its own.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildMissing, ROOT } from "./build-missing.mjs";

buildMissing();
const cli = join(ROOT, "packages/collector/dist/cli.js");
process.argv = [process.argv[0], cli, "serve", ...process.argv.slice(2)];
await import(pathToFileURL(cli).href);
