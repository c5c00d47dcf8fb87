/** The back end as its starter sees it. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("back-end.mjs", import.meta.url));

export class BackEnd {
  #child;
  /** Rejects when the process is gone, so that nobody waits for it. */
  #gone;

  /** @param latencyMs how long after the body's end the answer leaves */
  static async start({ latencyMs = 150 } = {}) {
    const backEnd = new BackEnd();
    backEnd.#child = fork(PROGRAM, [String(latencyMs)], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    backEnd.#gone = once(backEnd.#child, "exit").then(([code, signal]) => {
      throw new Error(`the back end ended with ${code ?? signal}`);
    });
    backEnd.#gone.catch(() => {});
    const { port } = await backEnd.#word();
    backEnd.url = `http://127.0.0.1:${port}`;
    return backEnd;
  }

  /** @param fault `none`, `503`, `hang` or `reset` */
  fault(fault) {
    this.#child.send({ fault }, () => {});
  }

  report() {
    const answer = this.#word();
    this.#child.send({ report: true }, () => {});
    return answer;
  }

  async #word() {
    const [message] = await Promise.race([once(this.#child, "message"), this.#gone]);
    return message;
  }

  /** The report once `expected` spans have arrived, or when nothing new has come for a while, or all the time is over. */
  async settled(expected, { quietMs = 3_000, mostMs = 20_000 } = {}) {
    let report = await this.report();
    let quietSince = Date.now();
    const endMs = quietSince + mostMs;
    while (report.arrived < expected && Date.now() - quietSince < quietMs && Date.now() < endMs) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const next = await this.report();
      if (next.arrived > report.arrived) quietSince = Date.now();
      report = next;
    }
    return report;
  }

  async stop() {
    if (this.#child.connected) this.#child.disconnect();
    await this.#gone.catch(() => {});
  }
}
