import type { Clock } from "../../contract/clock.ts";

/**
 * A deadline for calls off the event loop. A call that misses it goes on in its thread, so while one is out no other
 * should be started: four of them would hold every thread that the application's own files and look-ups need.
 */
export class Watchdog {
  readonly #clock: Clock;
  readonly #limitMs: number;
  #overdue = 0;

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#limitMs = limitMs;
  }

  get isCallOverdue(): boolean {
    return this.#overdue > 0;
  }

  readonly watch = <Result>(running: Promise<Result>): Promise<Result> =>
    new Promise((resolve, reject) => {
      let isOverdue = false;
      const cancel = this.#clock.schedule(
        () => {
          isOverdue = true;
          this.#overdue += 1;
          reject(Object.assign(new Error(`the disk did not answer within ${this.#limitMs} ms`), { code: "HUNG" }));
        },
        this.#limitMs,
        false,
      );
      const settle = (then: () => void) => () => {
        cancel();
        if (isOverdue) this.#overdue -= 1;
        then();
      };
      running.then(
        (result) => settle(() => resolve(result))(),
        (error) => settle(() => reject(error))(),
      );
    });
}
