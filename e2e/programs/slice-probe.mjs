/**
 * Preloaded into a collector: when it ends it writes the most CPU time, in milliseconds, that its process used from one turn
 * of its event loop to the next into the file that `SLICE_PROBE_FILE` names. Time in which the machine lets it wait is not
 * in it; what its other threads use is, so it is never too little.
 */
import { writeFileSync } from "node:fs";

let mostMs = 0;
let last = process.cpuUsage();
const look = () => {
  const { user, system } = process.cpuUsage(last);
  last = process.cpuUsage();
  mostMs = Math.max(mostMs, (user + system) / 1000);
};
setInterval(look, 1).unref();
process.on("exit", () => {
  look();
  writeFileSync(process.env.SLICE_PROBE_FILE, String(mostMs));
});
