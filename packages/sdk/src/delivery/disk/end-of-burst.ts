/** Runs something once at the end of a synchronous burst of calls, however many they are. */
export class EndOfBurst {
  readonly #run: () => void;
  #isDue = false;

  constructor(run: () => void) {
    this.#run = run;
  }

  note(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    // Not `queueMicrotask`: fake timers of the application may have put another one in its place.
    void Promise.resolve().then(() => {
      this.#isDue = false;
      this.#run();
    });
  }
}
