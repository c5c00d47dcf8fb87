import { DEFAULT_SPAN_TYPE, type SpanError, type SpanType } from "@everspan/protocol";
import type { Candidate, SpanEvent } from "../conventions/convention.ts";
import { type EventMessage, eventMessages } from "../conventions/event-messages.ts";
import { CONVENTIONS } from "../conventions/index.ts";
import { Fields } from "../json/fields.ts";
import { isDeepEqual } from "../json/is-deep-equal.ts";
import { asRecord, isEmpty, own } from "../json/json-record.ts";
import { parsedIfJson } from "../json/json-text.ts";
import { chooseCandidate } from "./choose-candidate.ts";
import { readFacts } from "./read-facts.ts";
import { failureOf } from "./read-failure.ts";

/** A span of OpenTelemetry as its decoder gives it: attributes are plain JSON, texts as they came. */
export interface AttributedSpan {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events?: readonly SpanEvent[];
  readonly scope?: { readonly name?: string };
  readonly kind?: string;
  readonly status?: { readonly code?: string; readonly message?: string };
  readonly resource?: { readonly attributes?: Readonly<Record<string, unknown>> };
}

/** The same span as the native wire would have it. */
export interface NormalizedSpan {
  readonly type?: SpanType;
  readonly name?: string;
  readonly taskId?: string;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly error?: SpanError;
  readonly status?: "OK" | "ERROR" | "CANCELED";
  /** What did not become a payload, under the sender's names: `readSpan` reads the facts from there. */
  readonly data: Record<string, unknown>;
  readonly traceName?: string;
  /** For each event: whether it became a message of the input or output. */
  readonly takenEvents?: readonly boolean[];
}

/**
 * Moves payloads out of the attributes and events of whatever convention into `input` and `output`, so that a
 * conversation is stored as the same messages whichever way it came. Copies of what was moved go; all else stays under
 * its own name. Total: a span that nobody knows comes back with all its attributes as data.
 */
export function normalizeSpan(span: AttributedSpan): NormalizedSpan {
  const { attributes } = span;
  const type = typeOf(attributes);
  const isModel = type === "COMPLETION" || type === "AGENT_WORKFLOW" || type === undefined;
  const spoken = eventMessages(span.events ?? []);
  const inputs = [
    ...CONVENTIONS.flatMap((convention) => convention.inputs?.(attributes) ?? []),
    ...fromEvents(spoken.input, spoken.tools),
  ];
  const outputs = [
    ...CONVENTIONS.flatMap((convention) => convention.outputs?.(attributes) ?? []),
    ...fromEvents(spoken.output),
  ];
  const input = chooseCandidate(inputs, isModel, "input");
  const output = chooseCandidate(outputs, isModel, "output");
  const taken = new Set([...(input?.names ?? []), ...(output?.names ?? [])]);
  const facts = readFacts(new Fields(attributes)).values;
  const failure = failureOf(attributes);
  return {
    ...(type === undefined ? {} : { type }),
    ...(facts.session === undefined ? {} : { taskId: facts.session }),
    ...(input === undefined ? {} : { input: input.value }),
    ...(output === undefined ? {} : { output: output.value }),
    ...(failure === undefined ? {} : { error: failure, status: "ERROR" as const }),
    data: dataOf(attributes, taken),
    ...(facts.traceName === undefined ? {} : { traceName: facts.traceName }),
    ...takenEvents(span, spoken, taken),
  };
}

function typeOf(attributes: AttributedSpan["attributes"]): SpanType | undefined {
  for (const { spanType } of CONVENTIONS) {
    const type = spanType?.(attributes);
    if (type !== undefined && type !== DEFAULT_SPAN_TYPE) return type;
  }
  return undefined;
}

const EVENT = "event#";

function fromEvents(messages: readonly EventMessage[], tools?: unknown): readonly Candidate[] {
  if (messages.length === 0) return [];
  const value = { messages: messages.map(({ message }) => message), ...(tools === undefined ? {} : { tools }) };
  return [{ value, names: messages.map(({ index }) => `${EVENT}${index}`) }];
}

/** An event that says more than its messages and the span's own attributes is no copy of them: it stays too. */
function takenEvents(
  { events = [], attributes }: AttributedSpan,
  spoken: ReturnType<typeof eventMessages>,
  taken: ReadonlySet<string>,
): Pick<NormalizedSpan, "takenEvents"> {
  if (spoken.input.length === 0 && spoken.output.length === 0) return {};
  const saysMore = (index: number) =>
    Object.entries(spoken.left.get(index) ?? {}).some(([name, value]) => !isDeepEqual(value, own(attributes, name)));
  return { takenEvents: events.map((_event, index) => taken.has(`${EVENT}${index}`) && !saysMore(index)) };
}

function dataOf(attributes: AttributedSpan["attributes"], taken: ReadonlySet<string>): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  for (const name of Object.keys(attributes)) {
    if (taken.has(name) || isUnsetField(name, attributes[name])) continue;
    Object.defineProperty(data, name, {
      value: parsedIfJson(attributes[name]),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return data;
}

/** Mappers to OpenInference write an empty value for each field that a message has not. Anybody else's is kept. */
const MAPPED = /^(?:llm|input|output|tool|embedding|retrieval|reranker)\./;

function isUnsetField(name: string, value: unknown): boolean {
  if (!MAPPED.test(name)) return value === undefined;
  return value === undefined || value === null || (asRecord(value) !== undefined && isEmpty(value));
}
