import { describe, expect, test } from "vitest";
import { isTouchable, memberOf, methodOf, replaceMethod } from "./members.ts";

const throwing = {
  get member(): never {
    throw new Error("no");
  },
};

describe("a member of an application's object", () => {
  test("is what it is, and undefined where it can't be read", () => {
    expect(memberOf({ member: 1 }, "member")).toBe(1);
    expect(memberOf(undefined, "member")).toBeUndefined();
    expect(memberOf(null, "member")).toBeUndefined();
    expect(memberOf(throwing, "member")).toBeUndefined();
  });

  test("is a method when it can be called", () => {
    const method = () => 1;
    expect(methodOf({ method }, "method")).toBe(method);
    expect(methodOf({ method: 1 }, "method")).toBeUndefined();
    expect(methodOf(throwing, "member")).toBeUndefined();
  });
});

describe("a method that is replaced", () => {
  const ours = () => "ours";

  test("is the object's own, can be replaced again, and is seen by an enumeration only if it was before", () => {
    class Stream {
      read() {
        return "theirs";
      }
    }
    const inherited = new Stream();
    expect(replaceMethod(inherited, "read", ours)).toBe(true);
    expect([inherited.read(), Object.keys(inherited), new Stream().read()]).toEqual(["ours", [], "theirs"]);
    const own = { read: () => "theirs" };
    expect(replaceMethod(own, "read", ours)).toBe(true);
    expect([own.read(), Object.keys(own)]).toEqual(["ours", ["read"]]);
    own.read = () => "theirs again";
    expect(own.read()).toBe("theirs again");
    expect(replaceMethod(own, "read", ours)).toBe(true);
    expect(Reflect.deleteProperty(own, "read")).toBe(true);
  });

  test("stays where the object can't be changed", () => {
    const frozen = Object.freeze({ read: () => "theirs" });
    expect(replaceMethod(frozen, "read", ours)).toBe(false);
    expect(frozen.read()).toBe("theirs");
  });
});

test.each<[string, unknown, boolean]>([
  ["an object", {}, true],
  ["a list", [], true],
  ["null", null, false],
  ["a text", "text", false],
  ["a function", () => 0, false],
  ["a proxy", new Proxy({}, {}), false],
])("%s can be touched: %s", (_, value, isSo) => {
  expect(isTouchable(value)).toBe(isSo);
});
