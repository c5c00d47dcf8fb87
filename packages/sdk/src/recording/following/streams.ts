/** Streams of the platform: web streams, Node streams, and the event streams of generated model clients. */
import { errorMonitor } from "node:events";
import { finished } from "node:stream";
import type { Following } from "./followed-span.ts";
import { followIterator } from "./iterators.ts";
import { isTouchable, memberOf, methodOf, replaceMethod, watchMethod } from "./members.ts";
import { isThenable, observe } from "./promises.ts";

export function isWebStream(value: object): boolean {
  return methodOf(value, "getReader") !== undefined && methodOf(value, "pipeThrough") !== undefined;
}

/**
 * Ends with the stream, whoever reads it: `finished` listens to the stream's own state. What is read through a reader,
 * an iteration or a branch is kept; what goes through a pipe is not seen.
 */
export function followWebStream(stream: object, followed: Following): true {
  try {
    finished(stream as NodeJS.ReadableStream, (error) => {
      if (error === undefined || error === null) followed.finish();
      else followed.fail(error);
    });
  } catch {
    // Not the platform's own: its readers tell.
  }
  followReading(stream, followed);
  return true;
}

function followReading(stream: object, followed: Following): void {
  watchMethod(stream, "getReader", (reader) => {
    if (isTouchable(reader)) followReader(reader, followed);
    return reader;
  });
  for (const name of [Symbol.asyncIterator, "values"]) {
    watchMethod(stream, name, (iterator) => (isTouchable(iterator) ? followIterator(iterator, followed) : iterator));
  }
  watchMethod(stream, "tee", (branches) => {
    // Both bring the same; the second is read for its end alone.
    if (Array.isArray(branches) && isTouchable(branches[0])) followReading(branches[0], followed);
    return branches;
  });
}

function followReader(reader: object, followed: Following): void {
  const taken = <T>(step: T): T => {
    if (typeof step !== "object" || step === null) return step;
    if (memberOf(step, "done") === true) followed.finish();
    else followed.item(memberOf(step, "value"));
    return step;
  };
  // An error ends the span by way of the stream: a reader that was released fails without it.
  const settling = { fulfilled: taken, rejected: () => {} };
  watchMethod(reader, "read", (step) => (isThenable(step) ? observe(step, followed.span, settling) : step));
}

export function isNodeStream(value: object): boolean {
  return isTouchable(memberOf(value, "_readableState")) && methodOf(value, "on") !== undefined;
}

/** Not a connection, which stays open and is written to as well; a transformation is read to its end. */
export function isReadOnly(stream: object): boolean {
  return memberOf(stream, "_writableState") === undefined || methodOf(stream, "_transform") !== undefined;
}

/**
 * Listens for the end, by events that change nothing when somebody listens: `errorMonitor` leaves an error unhandled
 * that nobody else handles. What comes out is seen where the stream puts it in.
 */
export function followReadable(stream: object, followed: Following): true {
  const on = methodOf(stream, "on")!;
  const listen = (event: string | symbol, listener: (...args: never[]) => void) => {
    Reflect.apply(on, stream, [event, listener]);
  };
  listen("end", () => followed.finish());
  listen("close", () => followed.finish());
  listen(errorMonitor, (error: unknown) => followed.fail(error));
  const push = methodOf(stream, "push");
  if (push !== undefined)
    replaceMethod(stream, "push", function (this: unknown, ...args) {
      if (this === stream && args[0] !== null) followed.item(args[0]);
      return Reflect.apply(push, this, args);
    });
  return true;
}

/** The helpers of generated model clients (`messages.stream()`), which tell everything through one method. */
export function isEventStream(value: object): boolean {
  return (
    methodOf(value, "_emit") !== undefined &&
    methodOf(value, "done") !== undefined &&
    isTouchable(memberOf(value, "controller"))
  );
}

/** Events that bring the whole message or completion. */
const RESULT_EVENTS: ReadonlySet<unknown> = new Set([
  "message",
  "finalMessage",
  "chatCompletion",
  "finalChatCompletion",
]);

export function followEventStream(stream: object, followed: Following): boolean {
  const emit = methodOf(stream, "_emit")!;
  return replaceMethod(stream, "_emit", function (this: unknown, ...args) {
    const [event, value] = args;
    if (RESULT_EVENTS.has(event)) followed.span.output = value;
    else if (event === "error" || event === "abort") followed.fail(value);
    else if (event === "end") followed.finish();
    return Reflect.apply(emit, this, args);
  });
}
