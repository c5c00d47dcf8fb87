/** What the three texts of an error say when the error itself says little, or too much. */
import { describe, expect, test } from "vitest";
import { captureError } from "./error.ts";

const classed = (name: unknown, own?: unknown): object => {
  class Thrown {}
  Object.defineProperty(Thrown, "name", { value: name });
  return Object.assign(new Thrown(), own === undefined ? {} : { name: own });
};

describe("the type of what was thrown", () => {
  test.each<[string, unknown, string]>([
    ["its own name", classed("Class", "Own"), "Own"],
    ["its class's where it has none", classed("Class"), "Class"],
    ["its class's where its name is empty", classed("Class", ""), "Class"],
    ["its class's where its name is no text", classed("Class", 7), "Class"],
    ["its own where its class has none", classed("", "Own"), "Own"],
    ["its own where the class's is no text", classed(7, "Own"), "Own"],
    ["Object where nobody has one", classed(""), "Object"],
    ["Object where none is a text", classed(7, 7), "Object"],
    ["Object without a prototype", Object.create(null), "Object"],
    ["its own without a prototype", Object.assign(Object.create(null), { name: "Own" }), "Own"],
    ["the kind of a primitive", 7n, "bigint"],
    ["that of nothing", null, "object"],
    ["a function's name", function Mine() {}, "Mine"],
  ])("is %s", (_, thrown, type) => {
    expect(captureError(thrown).type).toBe(type);
  });
});

describe("the message of what was thrown", () => {
  test.each<[string, unknown, string]>([
    ["is its text", { message: "m" }, "m"],
    ["may be empty", { message: "" }, ""],
    ["is what stands for another kind of value", { message: 7 }, "7"],
    ["is what stands for the thing where there is none", {}, "[Object: Object]"],
    ["is what stands for the thing where it is null", { message: null }, "[Object: Object]"],
    ["is a text that was thrown itself", "text", "text"],
    ["is well-formed", "a\ud800", "a\ufffd"],
  ])("%s", (_, thrown, message) => {
    expect(captureError(thrown).message).toBe(message);
  });

  test("is whole up to 16 Ki characters, thrown as a text or as an error's, and then cut", () => {
    const [whole, longer] = ["m".repeat(16_384), "m".repeat(16_385)];
    for (const of of [(text: string) => text, (text: string) => ({ message: text })]) {
      expect(captureError(of(whole)).message).toBe(whole);
      expect(captureError(of(longer)).message).toBe(`${whole}… [Truncated: 16385 characters]`);
    }
  });
});

describe("the stack of what was thrown", () => {
  test("is left out where there is none, and is whole up to 32 Ki characters", () => {
    expect(captureError({ message: "m", stack: "" })).toEqual({ type: "Object", message: "m" });
    const whole = "s".repeat(32_768);
    expect(captureError({ stack: whole }).stack).toBe(whole);
  });

  test("follows 16 causes and parts after its own, and no more", () => {
    const parts = Array.from({ length: 40 }, (_, i) => ({ message: `part ${i + 1}` }));
    const { stack } = captureError({ message: "m", stack: "own", errors: parts });
    expect(stack!.split("\n")).toEqual([
      "own",
      ...parts.slice(0, 16).map(({ message }, i) => `Part ${i + 1}: Object: ${message}`),
    ]);
  });

  test("says only the causes where it has none of its own", () => {
    expect(captureError({ message: "m", cause: new Error("why") }).stack).toMatch(/^Caused by: Error: why/);
  });

  test("is there without its parts where these can't be read", () => {
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    expect(captureError({ message: "m", stack: "own", errors: proxy })).toEqual({
      type: "Object",
      message: "m",
      stack: "own",
    });
  });
});
