import { ABORT_NAME } from "@everspan/protocol";
import { describe, expect, test } from "vitest";
import { isAbort } from "./abort.ts";

const NAMES = [
  "AbortError",
  "APIUserAbortError",
  "CanceledError",
  "CancelledError",
  "CancelledFailure",
  "ResponseAborted",
];
class APIUserAbortError extends Error {}
const named = (name: string) => Object.assign(new Error("x"), { name });
const coded = (code: unknown) => Object.assign(new Error("x"), { code });

function throwing(): object {
  return new Proxy(
    {},
    {
      get: () => {
        throw new Error("no");
      },
    },
  );
}

test.each([...NAMES, "TypeError", "NotAbortError", "CancelledErrors"])(
  "%s: what reads OTLP takes it for the same",
  (name) => {
    expect(ABORT_NAME.test(name)).toBe(isAbort(named(name), undefined));
  },
);

describe("what was thrown says that somebody stopped it", () => {
  test.each<[string, unknown]>([
    ...NAMES.map((name): [string, unknown] => [`by the name ${name}`, named(name)]),
    ["by the platform's own", new DOMException("stop", "AbortError")],
    ["by the name of its class alone", new APIUserAbortError("x")],
    ["by the code ABORT_ERR", coded("ABORT_ERR")],
    ["by the code ERR_CANCELED", coded("ERR_CANCELED")],
    ["by its cause", new Error("failed", { cause: named("AbortError") })],
    ["being no error at all", { name: "AbortError" }],
  ])("%s", (_, thrown) => {
    expect(isAbort(thrown, undefined)).toBe(true);
  });

  test.each<[string, unknown]>([
    ["another error", new TypeError("x")],
    ["another code", coded("ECONNRESET")],
    ["a time that was up", new DOMException("late", "TimeoutError")],
    ["a word", "AbortError"],
    ["nothing", undefined],
    ["null", null],
    ["a number", 20],
    ["a cause further down", new Error("a", { cause: new Error("b", { cause: named("AbortError") }) })],
    ["what can't be read", throwing()],
  ])("and does not: %s", (_, thrown) => {
    expect(isAbort(thrown, undefined)).toBe(false);
  });
});

describe("the reason that a signal in the input was aborted with", () => {
  const reason = { why: "the user left" };
  const signal = AbortSignal.abort(reason);
  const other = new AbortController().signal;

  test.each<[string, unknown, unknown, boolean]>([
    ["the input is the signal", signal, reason, true],
    ["an option", { signal }, reason, true],
    ["an argument's option", ["url", { signal }], reason, true],
    ["deeper than that", [{ options: { signal } }], reason, false],
    ["another signal before it", { a: other, b: signal }, reason, true],
    [
      "among the first 32 properties",
      Object.fromEntries(Array.from({ length: 32 }, (_, i) => [i, signal])),
      reason,
      true,
    ],
    ["after the first 32", { ...Array.from({ length: 32 }, () => 0), signal }, reason, false],
    ["another reason", { signal }, { why: "the user left" }, false],
    ["a signal that is not aborted", { signal: other }, other.reason, false],
    ["no signal", { signal: { aborted: true, reason } }, reason, false],
    ["nothing was thrown", { signal: AbortSignal.abort() }, undefined, false],
    ["the input is a word", "signal", reason, false],
    ["the input is null", null, reason, false],
    ["the input can't be read", throwing(), reason, false],
  ])("%s", (_, input, thrown, expected) => {
    expect(isAbort(thrown, input)).toBe(expected);
  });

  test("is looked for without running the application's code", () => {
    const input = {
      get signal() {
        return expect.unreachable();
      },
    };
    expect(isAbort(reason, input)).toBe(false);
  });

  test("beside what can't be read is found where it comes first", () => {
    expect(isAbort(reason, { signal, bad: throwing() })).toBe(true);
    expect(isAbort(reason, { bad: throwing(), signal })).toBe(true);
  });
});
