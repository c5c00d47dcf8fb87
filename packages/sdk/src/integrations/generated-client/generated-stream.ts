/**
 * The stream of a generated client makes all that it offers (iteration, `tee`, a web stream) of one function, `iterator`,
 * whose iterators are async generators. A chunk then costs one promise more and nothing else: a step of such a generator
 * is a plain promise that nobody has seen, and what runs in it only reads, so that no context has to be entered for it.
 */
import { followIterator } from "../../recording/following/iterators.ts";
import { isTouchable, memberOf, methodOf, replaceMethod } from "../../recording/following/members.ts";
import type { ModelCall } from "../model-call/model-call.ts";

type Step = IteratorResult<unknown, unknown>;
type StepName = "next" | "return" | "throw";

const asyncGenerators: object = Object.getPrototypeOf(async function* () {}.prototype);

/** @returns false when this is no such stream, or can't be changed */
export function followGeneratedStream(stream: object, call: ModelCall): boolean {
  const iterate = Object.hasOwn(stream, "iterator") ? methodOf(stream, "iterator") : undefined;
  if (iterate === undefined) return false;
  return replaceMethod(stream, "iterator", function (this: unknown, ...args) {
    const iterator = Reflect.apply(iterate, this, args);
    if (this !== stream || !isTouchable(iterator)) return iterator;
    call.watch(iterator);
    const isAborted = () => memberOf(memberOf(memberOf(stream, "controller"), "signal"), "aborted") === true;
    if (!isAsyncGenerator(iterator)) return followIterator(iterator, call, isAborted);
    followSteps(iterator, call, isAborted);
    return iterator;
  });
}

function isAsyncGenerator(iterator: object): iterator is AsyncGenerator {
  const parent: object | null = Object.getPrototypeOf(iterator);
  return parent !== null && Object.getPrototypeOf(parent) === asyncGenerators && !Object.hasOwn(iterator, "next");
}

function followSteps(generator: AsyncGenerator, call: ModelCall, isAborted: () => boolean): void {
  const failed = (error: unknown): never => {
    call.fail(error);
    throw error;
  };
  for (const name of ["next", "return", "throw"] as const) {
    const step = generator[name] as (...args: unknown[]) => Promise<Step>;
    const taken = (result: Step): Step => taking(result, name, call, isAborted);
    replaceMethod(generator, name, function (this: unknown, ...args) {
      const promise = Reflect.apply(step, this, args);
      return this === generator ? promise.then(taken, failed) : promise;
    });
  }
}

function taking(step: Step, name: StepName, call: ModelCall, isAborted: () => boolean): Step {
  if (step.done !== true) call.item(step.value);
  // It ends without an error when its request is aborted.
  else if (name === "next" && isAborted()) call.cancel();
  else call.finish();
  return step;
}
