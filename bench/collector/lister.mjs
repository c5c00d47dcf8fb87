/**
 * Asks for the list of traces, again 20 ms after each answer, until its input ends; prints one line of JSON.
 * `node lister.mjs URL`
 */
const [url] = process.argv.slice(2);
const latencies = [];
let isEnded = false;
process.stdin.resume().on("end", () => {
  isEnded = true;
});
while (!isEnded) {
  const askedMs = performance.now();
  const response = await fetch(`${url}/api/traces?limit=50`);
  await response.text();
  if (response.status !== 200) throw new Error(`the collector answered ${response.status}`);
  latencies.push(performance.now() - askedMs);
  await new Promise((resolve) => setTimeout(resolve, 20));
}
latencies.sort((a, b) => a - b);
const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))];
console.log(JSON.stringify({ count: latencies.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: latencies.at(-1) }));
