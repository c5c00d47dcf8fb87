/**
 * A collector with a retention by size, in a process that is there to be killed: `collector-program.mjs DIST DATA MAX_BYTES`.
 * It passes many times a second, so that a kill meets it at work.
 */
import { pathToFileURL } from "node:url";

const [dist, dataDirectory, maxBytes] = process.argv.slice(2);
const { createCollector } = await import(pathToFileURL(dist).href);
const collector = await createCollector({ port: 0, dataDirectory, retention: { maxBytes: Number(maxBytes) } });
process.stdout.write(`listening on ${collector.url}\n`);
