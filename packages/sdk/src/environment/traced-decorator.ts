import type { SpanOptions } from "../recording/span/span-options.ts";
import { type AnyFunction, type SpanRunner, tracedFunction } from "../recording/traced-function.ts";
import { defaultTracer } from "./default-tracer.ts";

export interface TracedOptions extends SpanOptions {
  /** The span's name. Default: the method's. */
  readonly name?: string | undefined;
  /** Default: the process's default tracer, asked for at each call. */
  readonly tracer?: SpanRunner | undefined;
}

/**
 * A standard decorator for methods, static and private ones too, and for fields that hold a function: each call is a
 * span, as with `tracer.traced`.
 *
 * ```ts
 * class Agent {
 *   @traced({ type: "COMPLETION" }) async answer(question: string) { … }
 * }
 * ```
 */
export function traced(options: TracedOptions = {}) {
  const { name, tracer, ...spanOptions } = options;
  const wrap = <Fn extends AnyFunction>(fn: Fn, memberName: string | symbol): Fn =>
    tracedFunction(() => tracer ?? defaultTracer(), name ?? String(memberName), fn, spanOptions);
  // biome-ignore lint/suspicious/noExplicitAny: as the language's decorator types say it
  function decorate<This, Fn extends (this: This, ...args: any) => any>(
    value: Fn,
    context: ClassMethodDecoratorContext<This, Fn>,
  ): Fn;
  function decorate<This, Fn>(
    value: undefined,
    context: ClassFieldDecoratorContext<This, Fn>,
  ): (this: This, initial: Fn) => Fn;
  function decorate(value: AnyFunction | undefined, context: DecoratorContext): unknown {
    const named = context.name ?? "traced";
    return value === undefined ? (initial: unknown) => wrapped(initial, named) : wrap(value, named);
  }
  /** A field that holds no function stays as it is. */
  const wrapped = (value: unknown, memberName: string | symbol) =>
    typeof value === "function" ? wrap(value as AnyFunction, memberName) : value;
  return decorate;
}
