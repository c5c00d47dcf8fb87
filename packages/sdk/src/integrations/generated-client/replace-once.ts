import { type Method, memberOf, methodOf, replaceMethod } from "../../recording/following/members.ts";

/** Marks what is observed, in whichever copy of this package. */
const OBSERVED = Symbol.for("everspan.observed");

/** Gives the object a method of its own in this one's place, of the same name and length; once, however often it is asked. */
export function replaceOnce(owner: object, name: string, make: (method: Method) => Method): void {
  const method = methodOf(owner, name);
  if (method === undefined || memberOf(method, OBSERVED) === true) return;
  const replacement = make(method);
  Object.defineProperties(replacement, {
    [OBSERVED]: { value: true },
    name: { value: method.name, configurable: true },
    length: { value: method.length, configurable: true },
  });
  replaceMethod(owner, name, replacement);
}
