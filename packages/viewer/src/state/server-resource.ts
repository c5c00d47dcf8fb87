/**
 * One thing that the collector knows, kept fresh: loads, shows what it has while it loads again, keeps it when the
 * collector goes away (saying since when it is stale) and comes back by itself. No React here.
 */
import { CollectorError } from "../api/collector-error.ts";

export interface ServerData<T> {
  readonly value: T | undefined;
  readonly error: CollectorError | undefined;
  /** When `value` was loaded; shown as "stale since" while `error` is set. */
  readonly loadedAtMs: number | undefined;
  readonly isLoading: boolean;
}

const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 10_000;
const MIN_REFRESH_MS = 400;
/** A refresh may use this share of the time: a large trace that grows is loaded less often. */
const REFRESH_COST_FACTOR = 4;

export class ServerResource<T> {
  readonly #load: (signal: AbortSignal) => Promise<T>;
  readonly #listeners = new Set<() => void>();
  #data: ServerData<T> = { value: undefined, error: undefined, loadedAtMs: undefined, isLoading: false };
  #controller: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #mustReload = false;
  #retryMs = FIRST_RETRY_MS;
  #lastLoadMs = 0;

  constructor(load: (signal: AbortSignal) => Promise<T>) {
    this.#load = load;
  }

  readonly snapshot = (): ServerData<T> => this.#data;

  /** Loads while somebody listens; what is under way when the last one leaves is aborted. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stop();
    };
  };

  /** Loads again soon. Many calls in a row are one load. */
  readonly refresh = (): void => {
    if (this.#controller !== undefined) this.#mustReload = true;
    else this.#schedule(Math.max(MIN_REFRESH_MS, this.#lastLoadMs * REFRESH_COST_FACTOR));
  };

  /** Loads again at once: somebody pressed "retry". */
  readonly retry = (): void => {
    if (this.#controller === undefined) this.#start();
  };

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    void this.#run();
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#controller?.abort();
    this.#controller = undefined;
  }

  async #run(): Promise<void> {
    const controller = new AbortController();
    this.#controller = controller;
    this.#mustReload = false;
    this.#set({ ...this.#data, isLoading: true });
    const startedMs = Date.now();
    try {
      const value = await this.#load(controller.signal);
      if (controller.signal.aborted) return;
      this.#retryMs = FIRST_RETRY_MS;
      this.#lastLoadMs = Date.now() - startedMs;
      this.#controller = undefined;
      this.#set({ value, error: undefined, loadedAtMs: Date.now(), isLoading: false });
      if (this.#mustReload) this.refresh();
    } catch (cause) {
      if (controller.signal.aborted) return;
      this.#controller = undefined;
      this.#fail(
        cause instanceof CollectorError
          ? cause
          : new CollectorError("unreachable", "the answer was cut short", { cause }),
      );
    }
  }

  #fail(error: CollectorError): void {
    this.#set({ ...this.#data, error, isLoading: false });
    if (error.kind !== "unreachable" && !this.#mustReload) return;
    this.#schedule(this.#retryMs);
    this.#retryMs = Math.min(MAX_RETRY_MS, this.#retryMs * 2);
  }

  #schedule(delayMs: number): void {
    if (this.#listeners.size === 0) return;
    this.#timer ??= setTimeout(() => this.#start(), delayMs);
  }

  #set(data: ServerData<T>): void {
    this.#data = data;
    for (const listener of this.#listeners) listener();
  }
}
