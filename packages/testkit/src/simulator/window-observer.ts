import type { LaneConfig } from "everspan/internals";
import type { Mark } from "./marks.ts";
import { must } from "./violation.ts";

/**
 * How many requests a lane may have under way after a failure: `concurrency`, and one more for each success since, until
 * the failures are forgotten. Otherwise `maxConcurrency`: the queue may be pressed.
 */
export class WindowObserver {
  readonly #delivery: LaneConfig["delivery"];
  readonly #mark: (mark: Mark) => void;
  #successes = 0;

  constructor(delivery: LaneConfig["delivery"], mark: (mark: Mark) => void) {
    this.#delivery = delivery;
    this.#mark = mark;
  }

  onSend(othersUnderWay: number, failures: number): void {
    const { concurrency, maxConcurrency = concurrency } = this.#delivery;
    if (othersUnderWay >= concurrency) this.#mark("more requests than usual carried a backlog");
    const most = failures === 0 ? maxConcurrency : Math.min(maxConcurrency, concurrency + this.#successes);
    must(othersUnderWay < most, "I10", () => `more than ${most} requests`);
  }

  onSuccess(): void {
    this.#successes += 1;
  }

  onFailure(): void {
    this.#successes = 0;
  }
}
