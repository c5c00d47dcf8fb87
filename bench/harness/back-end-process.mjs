/** The back end as its starter sees it. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("back-end.mjs", import.meta.url));

export class BackEnd {
  #child;

  /** @param latencyMs how long after the body's end the answer leaves */
  static async start({ latencyMs = 150 } = {}) {
    const backEnd = new BackEnd();
    backEnd.#child = fork(PROGRAM, [String(latencyMs)], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const [{ port }] = await once(backEnd.#child, "message");
    backEnd.url = `http://127.0.0.1:${port}`;
    return backEnd;
  }

  /** @param fault `none`, `503`, `hang` or `reset` */
  fault(fault) {
    this.#child.send({ fault });
  }

  async report() {
    const answer = once(this.#child, "message");
    this.#child.send({ report: true });
    return (await answer)[0];
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
    const exited = once(this.#child, "exit");
    this.#child.disconnect();
    await exited;
  }
}
