/** Gathers items and sends them in batches, a few at a time: what the probes and the reference design have in common. */

export class Batches {
  #options;
  #waiting = [];
  #timer;
  #inFlight = 0;
  #isClosing = false;
  #idle = [];

  /**
   * @param options.maxItems when a batch is full; `lingerMs`: how long a part of one waits; `concurrency`: most at the same time;
   * `send`: given the items, resolves when they were answered
   */
  constructor(options) {
    this.#options = options;
  }

  add(item) {
    this.#waiting.push(item);
    if (this.#waiting.length >= this.#options.maxItems) this.#fill();
    else this.#timer ??= setTimeout(() => this.#fill(true), this.#options.lingerMs);
  }

  close() {
    this.#isClosing = true;
    this.#fill();
    return new Promise((resolve) => {
      if (this.#inFlight === 0 && this.#waiting.length === 0) resolve();
      else this.#idle.push(resolve);
    });
  }

  #fill(lingered = false) {
    if (lingered) this.#timer = undefined;
    const { maxItems, concurrency } = this.#options;
    let takesPart = lingered || this.#isClosing;
    while (this.#inFlight < concurrency && this.#waiting.length > 0) {
      if (this.#waiting.length < maxItems && !takesPart) break;
      if (this.#waiting.length < maxItems) takesPart = this.#isClosing;
      void this.#send(this.#waiting.splice(0, maxItems));
    }
    if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#fill(true), this.#options.lingerMs);
  }

  async #send(items) {
    this.#inFlight += 1;
    try {
      await this.#options.send(items);
    } finally {
      this.#inFlight -= 1;
      this.#fill();
      if (this.#inFlight === 0 && this.#waiting.length === 0) for (const resolve of this.#idle) resolve();
    }
  }
}
