/** Work that must not overlap, in this process. */

export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs when all before has ended, however it ended. */
  take<Value>(work: () => Promise<Value>): Promise<Value> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => {});
    return turn;
  }
}

/** One run serves all who asked before it began. */
export class SharedRun {
  readonly #work: () => Promise<void>;
  readonly #turns: Turns;
  #next: Promise<void> | undefined;

  constructor(turns: Turns, work: () => Promise<void>) {
    this.#turns = turns;
    this.#work = work;
  }

  run(): Promise<void> {
    this.#next ??= this.#turns.take(() => {
      this.#next = undefined;
      return this.#work();
    });
    return this.#next;
  }
}
