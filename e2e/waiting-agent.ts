/** Runs `programs/waiting-agent.mjs` and speaks with it. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("programs/waiting-agent.mjs", import.meta.url));
/** No agent here lives longer, whatever became of its test. */
const LONGEST_LIFE_MS = 60_000;

export class WaitingAgent {
  readonly #child: ChildProcess;
  readonly exited: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.exited = once(child, "exit");
  }

  static async start(collectorUrl: string, spoolDirectory?: string): Promise<WaitingAgent> {
    const child = fork(PROGRAM, {
      env: {
        PATH: process.env.PATH,
        COLLECTOR_URL: collectorUrl,
        ...(spoolDirectory !== undefined && { SPOOL_DIRECTORY: spoolDirectory }),
      },
      timeout: LONGEST_LIFE_MS,
      killSignal: "SIGKILL",
    });
    const agent = new WaitingAgent(child);
    await agent.#answer();
    return agent;
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Opens a span that stays open, and waits until the collector has its START. @returns the id of its trace */
  async open(name: string): Promise<string> {
    this.#child.send({ command: "start", argument: name });
    return (await this.#answer()) as string;
  }

  /** Waits until everything of this agent's and of dead ones' is delivered. */
  async recover(): Promise<void> {
    this.#child.send({ command: "recover" });
    if ((await this.#answer()) !== true) throw new Error("the agent could not deliver everything");
  }

  /** `end`: a shutdown with its spans open. `exit`: it ends its spans, and then by itself. */
  async finish(how: "end" | "exit"): Promise<void> {
    this.#child.send({ command: how });
    await this.exited;
  }

  async signal(signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): Promise<void> {
    this.#child.kill(signal);
    if (signal === "SIGKILL") await this.exited;
  }

  async #answer(): Promise<unknown> {
    const [{ answer }] = (await Promise.race([
      once(this.#child, "message"),
      this.exited.then(() => Promise.reject(new Error("the agent ended without an answer"))),
    ])) as [{ answer: unknown }];
    return answer;
  }
}
