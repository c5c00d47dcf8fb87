import type { SpanError, SpanSnapshot, SpanStatus, SpanType } from "@everspan/protocol";
import { matches } from "./matches.ts";
import { failure, type Run, spansOf } from "./run.ts";

export interface ToolCall {
  readonly name: string;
  readonly input: unknown;
  readonly output: unknown;
  readonly status: SpanStatus;
  readonly error?: SpanError;
}

/** What a call must be. Of objects in `input` and `output` only the given properties count; a RegExp tests a text. */
export interface ExpectedToolCall {
  readonly name: string | RegExp;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly status?: SpanStatus;
}

export interface ToolCallOptions {
  /**
   * `exact`: these calls in this order, and no others. `any`: these and no others, in any order, for tools that run at
   * the same time. `subsequence`: these in this order, whatever was called besides. Default `exact`.
   */
  readonly order?: "exact" | "any" | "subsequence" | undefined;
}

const TOOLS: ReadonlySet<SpanType> = new Set<SpanType>(["CODE_EXECUTION", "EXTERNAL_ENDPOINT", "DATA_MANIPULATION"]);

/**
 * The tools that a run called, in the order in which they were. A tool's span within one of the same name is the same
 * call, seen at its other side (a server of the Model Context Protocol, for one).
 */
export function toolCallsOf(run: Run): readonly ToolCall[] {
  const spans = spansOf(run);
  const byId = new Map(spans.map((span) => [span.id, span]));
  return spans.filter((span) => TOOLS.has(span.type) && !isOtherSide(span, byId)).map(callOf);
}

function callOf({ name, input, output, status, error }: SpanSnapshot): ToolCall {
  return { name, input, output, status, ...(error !== undefined && { error }) };
}

function isOtherSide({ name, parentId }: SpanSnapshot, byId: ReadonlyMap<string, SpanSnapshot>): boolean {
  const seen = new Set<string>();
  for (let id = parentId; id !== undefined && !seen.has(id); ) {
    seen.add(id);
    const above = byId.get(id);
    if (above !== undefined && TOOLS.has(above.type)) return above.name === name;
    id = above?.parentId;
  }
  return false;
}

/**
 * @param expected names, or what the calls must be
 * @throws AssertionError that shows what was called instead
 */
export function assertToolCalls(
  run: Run,
  expected: readonly (string | RegExp | ExpectedToolCall)[],
  { order = "exact" }: ToolCallOptions = {},
): void {
  const calls = toolCallsOf(run);
  const wanted = expected.map((call) => (typeof call === "object" && "name" in call ? call : { name: call }));
  if (FITS[order](calls, wanted)) return;
  const said = {
    exact: "in this order and no others",
    any: "in any order and no others",
    subsequence: "in this order",
  };
  throw failure(
    `expected the tools ${list(wanted.map(showExpected))} ${said[order]}, but the run called ${list(calls.map(showCall))}`,
    { actual: calls.map(({ name, input, status }) => ({ name, input, status })), expected },
  );
}

type Fits = (calls: readonly ToolCall[], expected: readonly ExpectedToolCall[]) => boolean;

const FITS: Readonly<Record<NonNullable<ToolCallOptions["order"]>, Fits>> = {
  exact: (calls, expected) => calls.length === expected.length && calls.every((call, i) => isCall(call, expected[i]!)),
  any: (calls, expected) => calls.length === expected.length && canPair(calls, expected),
  subsequence: (calls, expected) => {
    let next = 0;
    for (const call of calls) if (next < expected.length && isCall(call, expected[next]!)) next += 1;
    return next === expected.length;
  },
};

/** Each expected call has one of its own: a wide expectation must not take the one that a narrow one needs. */
function canPair(calls: readonly ToolCall[], expected: readonly ExpectedToolCall[]): boolean {
  const takenBy = new Map<number, number>();
  const find = (wanted: number, tried: Set<number>): boolean =>
    calls.some((call, at) => {
      if (tried.has(at) || !isCall(call, expected[wanted]!)) return false;
      tried.add(at);
      const holder = takenBy.get(at);
      if (holder !== undefined && !find(holder, tried)) return false;
      takenBy.set(at, wanted);
      return true;
    });
  return expected.every((_, wanted) => find(wanted, new Set()));
}

function isCall(call: ToolCall, expected: ExpectedToolCall): boolean {
  const { name, input, output, status } = expected;
  if (!(name instanceof RegExp ? name.test(call.name) : name === call.name)) return false;
  if (status !== undefined && call.status !== status) return false;
  if ("input" in expected && !matches(call.input, input)) return false;
  return !("output" in expected) || matches(call.output, output);
}

function showExpected({ name, ...rest }: ExpectedToolCall): string {
  return Object.keys(rest).length === 0 ? String(name) : `${name} ${show(rest)}`;
}

function showCall({ name, input, status }: ToolCall): string {
  return `${name}${input === undefined ? "" : ` ${show(input)}`}${status === "OK" ? "" : ` (${status})`}`;
}

function list(calls: readonly string[]): string {
  return calls.length === 0 ? "[none]" : `[${calls.join(", ")}]`;
}

const MAX_SHOWN_CHARACTERS = 200;

function show(value: unknown): string {
  const text = JSON.stringify(value, (_, part) => (part instanceof RegExp ? String(part) : part)) ?? String(value);
  return text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}…` : text;
}
