/** For tests: `everspan serve` from the sources, as a process of its own that can be killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { bundledProgram } from "@everspan/testkit";

const CLI = new URL("../cli.ts", import.meta.url);
const WORKER = new URL("../worker.ts", import.meta.url);

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class CliProcess {
  readonly #child: ChildProcess;
  readonly finished: Promise<Finished>;
  #stdout = "";
  #stderr = "";

  /** @param wrapper a command that runs the one given after it, e.g. `["nice"]` */
  constructor(args: readonly string[], wrapper: readonly string[] = []) {
    const [command, ...rest] = [...wrapper, process.execPath, bundledProgram(CLI, WORKER), ...args];
    this.#child = spawn(command!, rest, { stdio: ["ignore", "pipe", "pipe"] });
    this.#child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
    });
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    this.finished = once(this.#child, "close").then(() => ({
      code: this.#child.exitCode,
      stdout: this.#stdout,
      stderr: this.#stderr,
    }));
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Resolves with the URL once the process says that it listens. */
  async listening(): Promise<string> {
    for (;;) {
      const url = /^listening on (\S+)\n/.exec(this.#stdout)?.[1];
      if (url !== undefined) return url;
      const ended = this.finished.then(() => true);
      if (await Promise.race([once(this.#child.stdout!, "data").then(() => false), ended])) {
        throw new Error(`it ended before it listened: ${this.#stderr}`);
      }
    }
  }

  kill(signal: NodeJS.Signals): Promise<Finished> {
    this.#child.kill(signal);
    return this.finished;
  }
}
