/** Reading and replacing members of objects that are the application's. Nothing here throws or calls their code. */
import { types } from "node:util";
import { memberOf } from "../../capture/index.ts";

export { memberOf };

export type Method = (this: unknown, ...args: unknown[]) => unknown;

/** The method of this name; undefined where there is none, or reading it throws. */
export function methodOf(object: object, name: PropertyKey): Method | undefined {
  const member = memberOf(object, name);
  return typeof member === "function" ? (member as Method) : undefined;
}

/**
 * Gives the object a method of its own, invisible to enumeration. The object stays the one that it is: its type, its
 * private fields and its identity, which a Proxy around it would lose.
 * @returns false when the object can't be changed
 */
export function replaceMethod(object: object, name: PropertyKey, method: Method): boolean {
  try {
    const own = Object.getOwnPropertyDescriptor(object, name);
    Object.defineProperty(object, name, {
      value: method,
      writable: true,
      configurable: true,
      enumerable: own?.enumerable ?? false,
    });
    return true;
  } catch {
    return false;
  }
}

/**
 * Looks at what a method of the object answers, where it has one: `seen` gives what is handed on. A call on another object,
 * one that inherits from this, is that one's own.
 */
export function watchMethod(object: object, name: PropertyKey, seen: (answer: unknown) => unknown): boolean {
  const method = methodOf(object, name);
  return (
    method !== undefined &&
    replaceMethod(object, name, function (this: unknown, ...args) {
      const answer = Reflect.apply(method, this, args);
      return this === object ? seen(answer) : answer;
    })
  );
}

/** Any touch of a Proxy runs code of the application. */
export function isTouchable(value: unknown): value is object {
  return typeof value === "object" && value !== null && !types.isProxy(value);
}
