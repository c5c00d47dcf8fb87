/**
 * A collector whose clock runs faster: `fast-clock-program.mjs DIST DATA SPEED MAX_AGE_MS MAX_BYTES`. What it waits for
 * comes so many times sooner, and what it calls now is so much later; so its retention passes as in a long life.
 */
import { pathToFileURL } from "node:url";

const [dist, dataDirectory, speed, maxAgeMs, maxBytes] = process.argv
  .slice(2)
  .map((value, at) => (at < 2 ? value : Number(value)));
const startedAt = Date.now();
const clock = {
  monotonicMs: () => performance.now() * speed,
  wallMs: () => startedAt + performance.now() * speed,
  schedule(run, delayMs, keepsAlive) {
    const timer = setTimeout(run, delayMs / speed);
    if (!keepsAlive) timer.unref();
    return () => clearTimeout(timer);
  },
  defer: (run) => void setImmediate(run),
};
const { createCollector } = await import(pathToFileURL(dist).href);
const collector = await createCollector({ port: 0, dataDirectory, clock, retention: { maxAgeMs, maxBytes } });
process.stdout.write(`listening on ${collector.url}\n`);
process.once("SIGTERM", () => void collector.close());
