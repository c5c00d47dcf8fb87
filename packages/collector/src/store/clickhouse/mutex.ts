/** Work that must not overlap, in this process. */

export class Mutex {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs when all before has ended, however it ended. */
  run<Value>(work: () => Promise<Value>): Promise<Value> {
    const run = this.#last.then(work, work);
    this.#last = run.catch(() => {});
    return run;
  }
}

/** One run serves all who asked before it began. */
export class SharedRun {
  readonly #work: () => Promise<void>;
  readonly #mutex: Mutex;
  #next: Promise<void> | undefined;

  constructor(mutex: Mutex, work: () => Promise<void>) {
    this.#mutex = mutex;
    this.#work = work;
  }

  run(): Promise<void> {
    this.#next ??= this.#mutex.run(() => {
      this.#next = undefined;
      return this.#work();
    });
    return this.#next;
  }
}
