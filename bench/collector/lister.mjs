/**
 * Asks for the list of traces, again 20 ms after each answer, until its input ends; prints one line of JSON: of each answer
 * when it was asked for, in milliseconds since the epoch, and how long it took. `node lister.mjs URL`
 */
import { Agent, get } from "node:http";

const [url] = process.argv.slice(2);
const PAUSE_MS = 20;
const agent = new Agent({ keepAlive: true });
const answers = [];
let isEnded = false;
process.stdin.resume().on("end", () => {
  isEnded = true;
});
while (!isEnded) {
  const askedAt = Date.now();
  const startedMs = performance.now();
  await ask();
  answers.push([askedAt, performance.now() - startedMs]);
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
agent.destroy();
console.log(JSON.stringify(answers));

function ask() {
  return new Promise((resolve, reject) => {
    const asked = get(`${url}/api/traces?limit=50`, { agent }, (answer) => {
      answer.resume().on("end", () => {
        if (answer.statusCode === 200) resolve();
        else reject(new Error(`the collector answered ${answer.statusCode}`));
      });
    });
    asked.on("error", reject);
  });
}
