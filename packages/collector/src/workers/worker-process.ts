/**
 * One worker as the serving process sees it: started, called, started again when it ends. Workers are processes and not
 * threads, since a thread that is stopped or runs out of memory within a call of SQLite takes the whole process with it
 * (docs/adr/0021-workers.md).
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Duplex, Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Logger } from "../logger.ts";
import { type Handlers, type Parcel, Peer, PeerGoneError, type ReceivedParcel } from "./peer.ts";
import type { OpenCall, WorkerStatus } from "./worker-protocol.ts";

export interface WorkerProcessOptions {
  /** For logs and metrics, e.g. `writer`. */
  readonly name: string;
  readonly open: OpenCall;
  /** What the worker may ask of this process. */
  readonly handlers: Handlers;
  readonly logger: Logger;
  /** Memory that its objects may take, in MiB. A worker that needs more ends, and its requests with 503. */
  readonly heapMb: number;
  /** The worker's module. Default: the one beside this code, built or from the sources. */
  readonly program?: string | undefined;
  /** Told each time it has its store open. */
  readonly onReady?: () => void;
}

/** Waits between two starts: doubled each time, until it has run for as long as the longest. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** How long a clean end may take: what was accepted is written meanwhile. */
const CLOSE_MS = 10_000;
/** Lines of its output that one life may write to the log. */
const MAX_LINES = 50;

export class WorkerProcess {
  readonly #options: WorkerProcessOptions;
  #child: ChildProcess | undefined;
  #peer: Peer | undefined;
  #isReady = false;
  #isClosing = false;
  #restarts = 0;
  #pauseMs = FIRST_PAUSE_MS;
  #readyAtMs = 0;
  #killedFor: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WorkerProcessOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** How often it was started again. */
  get restarts(): number {
    return this.#restarts;
  }

  /** The first start. @throws Error with the sentence of whoever could not open the store */
  async start(): Promise<void> {
    try {
      await this.#launch();
    } catch (error) {
      this.#isClosing = true;
      this.#child?.kill("SIGKILL");
      throw error;
    }
  }

  /** @throws PeerGoneError when it is not there, or ends before it answers */
  call(name: string, parcel?: Parcel): Promise<ReceivedParcel> {
    if (!this.#isReady || this.#peer === undefined) {
      return Promise.reject(new PeerGoneError(`the ${this.name} is being started again`));
    }
    return this.#peer.call(name, parcel);
  }

  /** Its resident memory; 0 while it is not there. */
  async residentBytes(): Promise<number> {
    const { head } = await this.call("status").catch(() => ({ head: { residentBytes: 0 } }));
    return (head as WorkerStatus).residentBytes;
  }

  /** Ends it as a crash would; it is started again. @param why for the log */
  kill(why: string): void {
    this.#killedFor = why;
    this.#isReady = false;
    this.#child?.kill("SIGKILL");
  }

  /** Lets it finish what it accepted, then ends it. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (child === undefined || hasEnded(child)) return;
    const ended = once(child, "exit");
    const deadline = setTimeout(() => child.kill("SIGKILL"), CLOSE_MS);
    await this.#peer?.call("close").catch((error: unknown) => {
      this.#options.logger.error(`the ${this.name} did not close its store: ${(error as Error).message}`);
    });
    this.#isReady = false;
    this.#peer?.close();
    await ended;
    clearTimeout(deadline);
  }

  async #launch(): Promise<void> {
    const { name, handlers, heapMb, open, program, onReady } = this.#options;
    const child = spawn(process.execPath, commandLine(name, heapMb, program), {
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      windowsHide: true,
    });
    this.#child = child;
    this.#killedFor = undefined;
    const output = new Output(child, (line) => this.#options.logger.warn(`${name}: ${line}`));
    child.once("error", (error) => this.#options.logger.error(`the ${name} can't be started: ${error.message}`));
    child.once("exit", (code, signal) => this.#ended(output.cause(code, signal)));
    const peer = new Peer(child.stdio[3] as Duplex, handlers, () => {
      // Known before the end of the process is: nothing more is to be handed to it.
      if (this.#peer === peer) this.#isReady = false;
    });
    this.#peer = peer;
    await peer.call("open", { head: open });
    this.#isReady = true;
    this.#readyAtMs = performance.now();
    onReady?.();
  }

  #ended(cause: string): void {
    this.#isReady = false;
    if (this.#isClosing) return;
    this.#options.logger.error(`the ${this.name} ended: ${this.#killedFor ?? cause}; it is started again`);
    if (performance.now() - this.#readyAtMs > LONGEST_PAUSE_MS) this.#pauseMs = FIRST_PAUSE_MS;
    this.#timer = setTimeout(() => {
      this.#restarts += 1;
      // Its end is told by `#ended`, which tries again; one that could not open its store is ended here.
      this.#launch().catch((error: unknown) => {
        if (this.#isClosing) return;
        this.#options.logger.error(`the ${this.name} could not open its store: ${(error as Error).message}`);
        this.#child?.kill("SIGKILL");
      });
    }, this.#pauseMs);
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** What it prints goes to the log; why V8 ended it is remembered. */
class Output {
  #lines = 0;
  #isOutOfMemory = false;

  constructor(child: ChildProcess, log: (line: string) => void) {
    for (const stream of [child.stdout, child.stderr] as (Readable | null)[]) {
      if (stream === null) continue;
      createInterface(stream).on("line", (line) => {
        if (line.includes("heap out of memory")) this.#isOutOfMemory = true;
        this.#lines += 1;
        if (line.trim() !== "" && this.#lines <= MAX_LINES) log(line);
      });
    }
  }

  cause(code: number | null, signal: NodeJS.Signals | null): string {
    if (this.#isOutOfMemory) return "out of memory";
    return signal === null ? `exit code ${code}` : `signal ${signal}`;
  }
}

/** A bound on memory that the user gave holds for each process. */
function commandLine(name: string, heapMb: number, program = ownProgram()): string[] {
  const isBound = (option: string) => option.includes("max-old-space-size");
  const given = process.execArgv.filter(isBound);
  const isGiven = given.length > 0 || isBound(process.env.NODE_OPTIONS ?? "");
  const bound = isGiven ? given : [`--max-old-space-size=${heapMb}`];
  return [...(program.endsWith(".ts") ? ["--import", "tsx"] : []), ...bound, program, name];
}

/** From the sources, or beside the built command line. */
function ownProgram(): string {
  const isBuilt = import.meta.url.endsWith(".js");
  return fileURLToPath(new URL(isBuilt ? "./worker.js" : "../worker.ts", import.meta.url));
}
