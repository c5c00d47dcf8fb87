import type { Span } from "./span/span.ts";
import { readableOptions, type SpanOptions } from "./span/span-options.ts";

/** Any function or class. */
// biome-ignore lint/suspicious/noExplicitAny: `unknown` would refuse functions with parameters, `never` their calls
export type AnyFunction = ((...args: any[]) => any) | (abstract new (...args: any[]) => any);

/** What runs a function in a span. */
export interface SpanRunner {
  span<T>(name: string, options: SpanOptions, fn: (span: Span) => T): T;
}

/**
 * The function, each of whose calls is a span. A Proxy, so that everything but the call is the function's own:
 * properties (those that are added later too), `name`, `length`, prototype, whether it can be constructed.
 *
 * @param runner asked at each call
 */
export function tracedFunction<Fn extends AnyFunction>(
  runner: () => SpanRunner,
  name: string,
  fn: Fn,
  options: SpanOptions | undefined,
): Fn {
  const given = readableOptions(options ?? {});
  const hasInput = given.input !== undefined;
  const optionsFor = (args: unknown[]): SpanOptions =>
    hasInput ? given : { ...given, input: args.length > 1 ? args : args[0] };
  const traced: Fn = new Proxy(fn, {
    apply: (target, self, args) => {
      return runner().span(name, optionsFor(args), () => Reflect.apply(target as Callable, self, args));
    },
    construct: (target, args, newTarget) => {
      const made = newTarget === traced ? target : newTarget;
      return runner().span(name, optionsFor(args), () => Reflect.construct(target as Callable, args, made));
    },
  });
  return traced;
}

type Callable = (...args: unknown[]) => object;
