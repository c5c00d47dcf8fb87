/**
 * In the place of `node:util`: the runtime's own where it has it. Without it no Proxy is told from its target, and
 * classes are told by their prototype.
 */
import { builtIn } from "./built-in.ts";

type Class = abstract new (...args: never[]) => unknown;

const is = (...names: string[]) => {
  const classes = names.map((name) => (globalThis as Record<string, unknown>)[name]).filter(Boolean) as Class[];
  return (value: unknown) => classes.some((known) => value instanceof known);
};

const GENERATOR = /^\[object (?:Async)?Generator\]$/;

/** What stands in; exported for its test. */
export const ownTypes = {
  isGeneratorObject: (value: unknown) => GENERATOR.test(Object.prototype.toString.call(value)),
  isProxy: () => false,
  isAnyArrayBuffer: is("ArrayBuffer", "SharedArrayBuffer"),
  isDate: is("Date"),
  isMap: is("Map"),
  isSet: is("Set"),
  isRegExp: is("RegExp"),
  isPromise: is("Promise"),
  isWeakMap: is("WeakMap"),
  isWeakSet: is("WeakSet"),
  isNativeError: is("Error"),
  isBoxedPrimitive: is("String", "Number", "Boolean", "BigInt", "Symbol"),
  isStringObject: is("String"),
  isNumberObject: is("Number"),
  isBooleanObject: is("Boolean"),
  isBigIntObject: is("BigInt"),
};

export const types = builtIn<typeof import("node:util")>("node:util")?.types ?? ownTypes;

export const inspect = { custom: Symbol.for("nodejs.util.inspect.custom") };
