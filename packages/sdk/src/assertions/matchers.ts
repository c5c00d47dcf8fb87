/** The assertions as matchers of Vitest's and Jest's `expect`. */
import { assertNoErrors } from "./failures.ts";
import type { Run } from "./run.ts";
import { assertUsageWithin, type UsageLimits } from "./run-usage.ts";
import { assertStructure, type StructureOptions } from "./structure.ts";
import { assertToolCalls, type ExpectedToolCall, type ToolCallOptions } from "./tool-calls.ts";

/** For the frameworks' own types: see `docs/testing.md`. */
export interface EverspanMatchers<R = unknown> {
  /** As `assertToolCalls`. */
  toHaveCalledTools(expected: readonly (string | RegExp | ExpectedToolCall)[], options?: ToolCallOptions): R;
  /** As `assertUsageWithin`. */
  toStayWithin(limits: UsageLimits): R;
  /** As `assertNoErrors`. */
  toHaveNoErrors(): R;
  /** As `assertStructure`. */
  toHaveStructure(expected: string, options?: StructureOptions): R;
}

interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
  readonly actual?: unknown;
  readonly expected?: unknown;
}

/** `expect.extend(everspanMatchers)` */
export const everspanMatchers = {
  toHaveCalledTools: (run: Run, ...rest: Parameters<EverspanMatchers["toHaveCalledTools"]>) =>
    resultOf(() => assertToolCalls(run, ...rest), "other tools to be called"),
  toStayWithin: (run: Run, limits: UsageLimits) =>
    resultOf(() => assertUsageWithin(run, limits), `the run to pass ${JSON.stringify(limits)}`),
  toHaveNoErrors: (run: Run) => resultOf(() => assertNoErrors(run), "the run to have an error"),
  toHaveStructure: (run: Run, ...rest: Parameters<EverspanMatchers["toHaveStructure"]>) =>
    resultOf(() => assertStructure(run, ...rest), "another structure"),
};

/** @param otherwise what `.not` expected */
function resultOf(assert: () => void, otherwise: string): MatcherResult {
  try {
    assert();
  } catch (error) {
    const { message, actual, expected } = error as { message: string; actual?: unknown; expected?: unknown };
    // Without spans neither the matcher nor its opposite holds.
    if (expected === undefined) throw error;
    return { pass: false, message: () => message, actual, expected };
  }
  return { pass: true, message: () => `expected ${otherwise}` };
}
