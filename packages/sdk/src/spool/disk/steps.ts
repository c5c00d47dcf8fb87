import type { OffLoop, SpoolCalls, SpoolFs } from "./spool-fs.ts";

/**
 * A protocol on the file system written once and run in two ways: off the event loop by the writer, or within one turn by
 * `flushSync`. A protocol is a generator that yields calls:
 *
 * ```ts
 * function* readHeader(fd: Fd): Steps<Uint8Array> {
 *   const header = new Uint8Array(64);
 *   yield* call((fs) => fs.read(fd, header, 0));
 *   return header;
 * }
 * ```
 */
export type Steps<Result> = Generator<Call, Result, unknown>;

type AnyCalls = { readonly [Name in keyof SpoolCalls]: (...args: Parameters<SpoolCalls[Name]>) => unknown };
type Call = (fs: AnyCalls) => unknown;
type SyncCall<Result> = (fs: SpoolCalls) => Result;

/** One call; its result is what the file system answered, its error is thrown into the protocol. */
export function* call<Result>(run: SyncCall<Result>): Steps<Result> {
  // The driver hands over either form of the calls and answers with the settled result, so the one signature fits both.
  return (yield run as Call) as Result;
}

/** Runs a protocol to its end within this turn. */
export function runSync<Result>(fs: Pick<SpoolFs, "sync">, steps: Steps<Result>): Result {
  let next = steps.next();
  while (!next.done) next = answer(steps, next.value, fs.sync);
  return next.value;
}

function answer<Result>(steps: Steps<Result>, call: Call, calls: SpoolCalls): IteratorResult<Call, Result> {
  let result: unknown;
  try {
    result = call(calls);
  } catch (error) {
    return steps.throw(error);
  }
  return steps.next(result);
}

/** Each call of a protocol may be wrapped, for example with a deadline. */
export type Watch = <Result>(running: Promise<Result>) => Promise<Result>;

/** Runs a protocol off the event loop. */
export async function runOffLoop<Result>(
  fs: { readonly offLoop: OffLoop<SpoolCalls> },
  steps: Steps<Result>,
  watch: Watch = (running) => running,
): Promise<Result> {
  let next = steps.next();
  while (!next.done) {
    let result: unknown;
    try {
      result = await watch(next.value(fs.offLoop) as Promise<unknown>);
    } catch (error) {
      next = steps.throw(error);
      continue;
    }
    next = steps.next(result);
  }
  return next.value;
}
