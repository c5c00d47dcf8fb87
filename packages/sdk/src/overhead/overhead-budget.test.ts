import { expect, test } from "vitest";
import { Tracer } from "../recording/tracer.ts";
import { resolveOverheadBudget } from "./overhead-budget.ts";

test("what is not given has no bound", () => {
  const none = { loopShare: Number.POSITIVE_INFINITY, heapShare: Number.POSITIVE_INFINITY };
  expect(resolveOverheadBudget(undefined)).toEqual({ overheadBudget: undefined });
  expect(resolveOverheadBudget({ loopShare: undefined })).toEqual({ overheadBudget: none });
  expect(resolveOverheadBudget({ loopShare: 1 })).toEqual({ overheadBudget: { ...none, loopShare: 1 } });
  expect(resolveOverheadBudget({ heapShare: 0.1 })).toEqual({ overheadBudget: { ...none, heapShare: 0.1 } });
});

test.each([
  [{ loopShare: 0 }, "overheadBudget.loopShare: expected a number above 0 and at most 1, got 0"],
  [{ heapShare: 5 }, "overheadBudget.heapShare: expected a number above 0 and at most 1, got 5"],
  [{ heapShare: Number.NaN }, "overheadBudget.heapShare: expected a number above 0 and at most 1, got NaN"],
  [{ loopShare: "5%" }, 'overheadBudget.loopShare: expected a number above 0 and at most 1, got "5%"'],
  [{ cpu: 0.1 }, 'overheadBudget: unknown option "cpu"; known are loopShare, heapShare'],
  [0.05, "overheadBudget: expected an object, got 0.05"],
])("%j is refused by the constructor", (overheadBudget, message) => {
  expect(() => new Tracer({ overheadBudget: overheadBudget as never })).toThrowError(
    expect.objectContaining({ code: "EVERSPAN_INVALID_OPTION", message }),
  );
});
