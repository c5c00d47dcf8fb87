import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { bundledProgram } from "./bundled-program.ts";

export interface CrashChildOptions {
  readonly args?: readonly string[];
  /** Runs Node within a shell command, for limits and mounts: `$NODE_COMMAND` stands for it. */
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** How a child ended: by a signal or with an exit code. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * A program in a process of its own that a test may kill at any moment. It speaks by lines on its standard output;
 * what it said before its death counts. It does not outlive the process of its test.
 */
export class CrashChild {
  readonly lines: string[] = [];
  readonly ended: Promise<ChildEnd>;
  readonly #process: ChildProcess;
  #errorText = "";
  #onLine: () => void = () => undefined;

  /** `program` is the URL of a TypeScript file. */
  constructor(program: URL, { args = [], shell, env = {} }: CrashChildOptions = {}) {
    const command = [process.execPath, bundledProgram(program), ...args];
    const options = { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] as const };
    this.#process =
      shell === undefined
        ? spawn(command[0]!, command.slice(1), { ...options, stdio: [...options.stdio] })
        : spawn("bash", ["-c", shell.replaceAll("$NODE_COMMAND", `exec ${command.map(quoted).join(" ")}`)], {
            ...options,
            stdio: [...options.stdio],
          });
    // A test that runs out of its time leaves nothing behind that runs on.
    const end = () => this.#process.kill("SIGKILL");
    process.once("exit", end);
    this.#process.once("exit", () => process.off("exit", end));
    this.#process.stderr?.on("data", (chunk) => {
      this.#errorText += String(chunk);
    });
    const reader = createInterface({ input: this.#process.stdout! });
    reader.on("line", (line) => {
      this.lines.push(line);
      this.#onLine();
    });
    // Lines that were on their way at the kill are read before the end is reported.
    this.ended = Promise.all([once(this.#process, "exit"), once(reader, "close")]).then(([[code, signal]]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
    }));
  }

  /** What it wrote to its standard error: for the message of a failed test. */
  get errorText(): string {
    return this.#errorText;
  }

  /** Resolves with the first line that fits, rejects when the child ends without it. */
  async line(fits: (line: string) => boolean): Promise<string> {
    const said = new Promise<string>((resolve) => {
      this.#onLine = () => {
        const found = this.lines.find(fits);
        if (found !== undefined) resolve(found);
      };
      this.#onLine();
    });
    const silent = this.ended.then(() => {
      const found = this.lines.find(fits);
      if (found !== undefined) return found;
      throw new Error(
        `the child ended without saying it; it said ${this.lines.slice(-5).join(" | ")} ${this.#errorText}`,
      );
    });
    return Promise.race([said, silent]);
  }

  /** Ends it, unless told otherwise, as the kernel does when memory is short: no handler runs. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<ChildEnd> {
    this.#process.kill(signal);
    return this.ended;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
