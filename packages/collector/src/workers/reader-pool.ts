/**
 * Shares questions out among the readers, and holds each to its deadline. A reader that does not answer in time is ended,
 * since nothing else stops a statement of SQLite; what else it had to answer is asked again.
 */
import { HttpError } from "../http/http-errors.ts";
import { PeerGoneError } from "./peer.ts";
import type { WorkerProcess } from "./worker-process.ts";

export interface ReaderPoolOptions {
  /** How long a question may take once a reader has it, in milliseconds. */
  readonly deadlineMs: number;
  /** Questions that may wait for a reader. */
  readonly maxWaiting: number;
}

/** Questions that one reader has at the same time: another's bytes are on the way while it works on one. */
const AT_A_TIME = 2;
/** How often a question is asked again because its reader ended for another reason. */
const MAX_TRIES = 3;

interface Question {
  readonly ask: (reader: WorkerProcess) => Promise<unknown>;
  readonly isOnItsWay: () => boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  tries: number;
}

export class ReaderPool {
  readonly #readers: readonly WorkerProcess[];
  readonly #options: ReaderPoolOptions;
  readonly #asked = new Map<WorkerProcess, Set<Question>>();
  #waiting: Question[] = [];
  #isClosed = false;

  constructor(readers: readonly WorkerProcess[], options: ReaderPoolOptions) {
    this.#readers = readers;
    this.#options = options;
    for (const reader of readers) this.#asked.set(reader, new Set());
  }

  /**
   * @param isOnItsWay whether the rest of the question is still being received: its reader is free meanwhile, and its
   *   time does not run
   * @throws HttpError 503 when too many wait or it took too long; what the reader throws
   */
  ask<Value>(ask: (reader: WorkerProcess) => Promise<Value>, isOnItsWay: () => boolean = () => false): Promise<Value> {
    if (this.#waiting.length >= this.#options.maxWaiting) {
      return Promise.reject(busy("too many questions wait for an answer"));
    }
    return new Promise<Value>((resolve, reject) => {
      this.#waiting.push({ ask, isOnItsWay, resolve: resolve as (value: unknown) => void, reject, tries: 0 });
      this.share();
    });
  }

  /** Gives what waits to those that are free. To be called when a reader is there again, or waits for a question's rest. */
  share(): void {
    for (;;) {
      const reader = this.#freest();
      const question = reader === undefined ? undefined : this.#waiting.shift();
      if (reader === undefined || question === undefined) return;
      void this.#hand(question, reader);
    }
  }

  /** What still waits is refused. */
  close(): void {
    this.#isClosed = true;
    for (const { reject } of this.#waiting.splice(0)) reject(stopping());
  }

  #freest(): WorkerProcess | undefined {
    const load = (reader: WorkerProcess) =>
      [...this.#asked.get(reader)!].filter((question) => !question.isOnItsWay()).length;
    const free = this.#readers.filter((reader) => reader.isReady && load(reader) < AT_A_TIME);
    return free.sort((a, b) => load(a) - load(b))[0];
  }

  async #hand(question: Question, reader: WorkerProcess): Promise<void> {
    const asked = this.#asked.get(reader)!;
    asked.add(question);
    question.tries += 1;
    let isLate = false;
    let deadline: NodeJS.Timeout | undefined;
    const startClock = (): void => {
      deadline = setTimeout(() => {
        if (question.isOnItsWay()) return startClock();
        isLate = true;
        reader.kill(`a question took longer than ${this.#options.deadlineMs} ms`);
      }, this.#options.deadlineMs);
    };
    startClock();
    try {
      question.resolve(await question.ask(reader));
    } catch (error) {
      if (isLate) question.reject(busy("the question took too long to answer: ask for less"));
      else if (!(error instanceof PeerGoneError)) question.reject(error);
      else this.#askAgain(question);
    } finally {
      clearTimeout(deadline);
      asked.delete(question);
      this.share();
    }
  }

  #askAgain(question: Question): void {
    if (this.#isClosed) question.reject(stopping());
    else if (question.tries < MAX_TRIES) this.#waiting.unshift(question);
    else question.reject(busy("the process that reads ended again and again while it answered"));
  }
}

function busy(message: string): HttpError {
  return new HttpError(503, "BUSY", message, { "retry-after": "1" });
}

function stopping(): HttpError {
  return new HttpError(503, "STOPPING", "the collector is stopping", { "retry-after": "5" });
}
