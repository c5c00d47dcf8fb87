import { type Clock, systemClock } from "../../contract/clock.ts";
import { nodeSpoolFs } from "../../spool/disk/node-spool-fs.ts";
import type { SpoolCalls } from "../../spool/disk/spool-fs.ts";

type CallName = keyof SpoolCalls;
type AnyCall = (...args: unknown[]) => unknown;

/** Stands between the spools of this process and the real files: sees every call, and lets those fail that a test names. */
export class DiskSeam implements Disposable {
  /** The code that a call fails with; undefined lets it through. */
  failWith: (name: CallName) => string | undefined = () => undefined;
  /** The calls that were let through, in order. */
  readonly calls: CallName[] = [];
  readonly #original = { sync: { ...nodeSpoolFs.sync }, offLoop: { ...nodeSpoolFs.offLoop } };

  constructor() {
    for (const name of Object.keys(nodeSpoolFs.sync) as CallName[]) {
      const { sync, offLoop } = this.#original;
      const watched = {
        sync: (...args: unknown[]) => this.#call(name, sync[name] as AnyCall, args),
        offLoop: async (...args: unknown[]) => this.#call(name, offLoop[name] as AnyCall, args),
      };
      Object.assign(nodeSpoolFs.sync, { [name]: watched.sync });
      Object.assign(nodeSpoolFs.offLoop, { [name]: watched.offLoop });
    }
  }

  count(name: CallName): number {
    return this.calls.filter((call) => call === name).length;
  }

  [Symbol.dispose](): void {
    Object.assign(nodeSpoolFs.sync, this.#original.sync);
    Object.assign(nodeSpoolFs.offLoop, this.#original.offLoop);
  }

  #call(name: CallName, call: AnyCall, args: unknown[]): unknown {
    const code = this.failWith(name);
    if (code !== undefined) throw Object.assign(new Error(`${code}: ${name}`), { code });
    this.calls.push(name);
    return call(...args);
  }
}

/** Waits of a twentieth of a second and more are a hundred times longer, so that a busy machine's disk is never too slow. */
export const patientClock: Clock = {
  ...systemClock,
  schedule: (run, delayMs, keepsAlive) =>
    systemClock.schedule(run, delayMs >= 50 ? delayMs * 100 : delayMs, keepsAlive),
};

/** Waits of ten seconds and more are a hundred times shorter, so that a probe of the disk is soon. */
export const hastyClock: Clock = {
  ...systemClock,
  schedule: (run, delayMs, keepsAlive) =>
    systemClock.schedule(run, delayMs >= 10_000 ? delayMs / 100 : delayMs, keepsAlive),
};
