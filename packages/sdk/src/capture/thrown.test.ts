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

  test.each<[string, object, string, number]>([
    ["one", { stack: "s".repeat(1_000_000) }, "s".repeat(32_768), 1_000_000],
    ["one by a character", { stack: "s".repeat(32_769) }, "s".repeat(32_768), 32_769],
    [
      "a cause's",
      { stack: "own", cause: { stack: "c".repeat(100_000) } },
      `own\nCaused by: ${"c".repeat(32_753)}`,
      100_015,
    ],
    [
      "both",
      { stack: "s".repeat(40_000), cause: { stack: "c".repeat(50_000) } },
      "s".repeat(32_768),
      40_000 + 12 + 50_000,
    ],
    [
      "none, but all together",
      { stack: "s".repeat(20_000), errors: [{ stack: "p".repeat(20_000) }] },
      `${"s".repeat(20_000)}\nPart 1: ${"p".repeat(12_759)}`,
      20_000 + 9 + 20_000,
    ],
    ["the cause's that says nothing", { stack: "s".repeat(32_768), cause: {} }, "s".repeat(32_768), 32_768 + 12 + 24],
  ])("is cut where too long is %s, and says how long the whole was", (_, thrown, head, characters) => {
    expect(captureError(thrown).stack).toBe(`${head}… [Truncated: ${characters} characters]`);
  });

  test("says of one too long to be touched only its size, and is else as it is", () => {
    const { stack } = captureError({ stack: "s".repeat(33 * 1024 * 1024), cause: { stack: "why" } });
    expect(stack).toBe("[Truncated: 34603008 characters]\nCaused by: why");
  });

  test("is well-formed where it is whole, and where it is cut", () => {
    expect(captureError({ stack: "a\ud800" }).stack).toBe("a\ufffd");
    const cut = captureError({ stack: `${"s".repeat(32_767)}\u{1f600}` }).stack!;
    expect(cut).toBe(`${"s".repeat(32_767)}… [Truncated: 32769 characters]`);
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
