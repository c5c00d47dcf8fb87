/** Iterations, sync and async: each step runs in the span, and whichever way the iteration ends, the span does. */
import { withActiveSpan } from "../span/context.ts";
import type { Following } from "./followed-span.ts";
import { isTouchable, type Method, memberOf, methodOf, replaceMethod, watchMethod } from "./members.ts";
import { isThenable, observe } from "./promises.ts";

type StepName = "next" | "return" | "throw";

/** @returns the iterator to hand on: the same one, unless it is frozen */
export function followIterator(iterator: object, followed: Following, hasAborted = () => false): object {
  if (!isTouchable(iterator)) return iterator;
  const steps = (["next", "return", "throw"] as const).flatMap((name) => {
    const method = methodOf(iterator, name);
    return method === undefined ? [] : [[name, watchedStep(iterator, name, method, followed, hasAborted)] as const];
  });
  if (steps.every(([name, step]) => replaceMethod(iterator, name, step))) return iterator;
  return Object.create(iterator, Object.fromEntries(steps.map(([name, value]) => [name, { value }])));
}

/** The object's iterations are followed. @returns false when the object can't be changed */
export function followIterable(iterable: object, followed: Following): boolean {
  // A generated client's stream makes all that it offers (iteration, tee, a web stream) of this one function.
  const name =
    Object.hasOwn(iterable, "iterator") && methodOf(iterable, "iterator") ? "iterator" : Symbol.asyncIterator;
  return watchMethod(iterable, name, (iterator) => {
    if (!isTouchable(iterator)) return iterator;
    followed.watch(iterator);
    return followIterator(iterator, followed, () => hasAborted(iterable));
  });
}

function watchedStep(
  iterator: object,
  name: StepName,
  method: Method,
  followed: Following,
  hasAborted: () => boolean,
): Method {
  const taken = <T>(step: T): T => takeStep(step, name, followed, hasAborted);
  return function (this: unknown, ...args) {
    const self = this === undefined || this === null || Object.getPrototypeOf(this) === iterator ? iterator : this;
    let step: unknown;
    try {
      step = withActiveSpan(followed.span, () => Reflect.apply(method, self, args));
    } catch (error) {
      followed.fail(error);
      throw error;
    }
    if (!isThenable(step)) return taken(step);
    return observe(step, followed.span, { fulfilled: taken, rejected: (error) => followed.fail(error) });
  };
}

function takeStep<T>(step: T, name: StepName, followed: Following, hasAborted: () => boolean): T {
  if (typeof step !== "object" || step === null) return step;
  const value = memberOf(step, "value");
  if (memberOf(step, "done") !== true) followed.item(value);
  else if (name === "next" && hasAborted()) followed.cancel();
  // What `return(value)` was given is the application's own.
  else followed.finish(name === "return" ? undefined : value);
  return step;
}

/** A generated client's stream ends without an error when its request is aborted. */
function hasAborted(stream: object): boolean {
  const controller = memberOf(stream, "controller");
  const signal = isTouchable(controller) ? memberOf(controller, "signal") : undefined;
  return isTouchable(signal) && memberOf(signal, "aborted") === true;
}
