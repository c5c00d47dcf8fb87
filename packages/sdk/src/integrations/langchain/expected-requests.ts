/**
 * Requests of models which LangChain sends where no context of ours reaches them. An observed client's request finds its
 * model's span by what it asks.
 */
import { isTouchable, memberOf } from "../../recording/following/members.ts";
import type { Span } from "../../recording/span/span.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { findModelCallOwners, lastRequestOf } from "../model-call/owner.ts";

/** What a model's request will say. */
export interface AskedOfModel {
  readonly model: string | undefined;
  /** One prompt, or the messages of a conversation. */
  readonly prompt: unknown;
}

interface Expected extends AskedOfModel {
  readonly tracer: Tracer;
  readonly span: Span;
  /** The span that was active where the call began, as it is where its request is made. */
  readonly around: Span | undefined;
}

/** Of all runs of the process; one whose end never comes makes place for what is new. */
const MAX_EXPECTED = 1_000;
/** What is looked at of a request: how deep, and how many texts. */
const MAX_DEPTH = 8;
const MAX_TEXTS = 10_000;

const expected = new Map<Span, Expected>();

/** @param around the span that was active where the call began */
export function expectRequest(tracer: Tracer, span: Span, around: Span | undefined, asked: AskedOfModel): void {
  expected.set(span, { ...asked, tracer, span, around });
  if (expected.size > MAX_EXPECTED) expected.delete(expected.keys().next().value!);
  findModelCallOwners(find);
}

/** The span has ended, or its request is made where the span is the active one. */
export function expectNoRequest(span: Span | undefined): void {
  if (span !== undefined) expected.delete(span);
}

/**
 * The span whose prompt's texts all stand in the request; the one with most of them, and of equal ones the first that has
 * no request yet: LangChain sends those in their order. Where one of two equal ones may be a repetition, none.
 */
function find(tracer: Pick<Tracer, "activeSpan">, request: unknown): Span | undefined {
  const around = tracer.activeSpan();
  const candidates = [...expected.values()].filter(
    (one) => one.tracer === tracer && one.around === around && lastRequestOf(one.span) !== "sent" && fits(one, request),
  );
  if (candidates.length === 0) return undefined;
  const said = textsIn(request);
  const counted = candidates.map(({ span, prompt }) => ({ span, count: countIn(said, textsIn(wordsOf(prompt))) }));
  const most = Math.max(1, ...counted.map(({ count }) => count));
  const [first, ...others] = counted.filter(({ count }) => count === most);
  const isAmbiguous = others.length > 0 && [first!, ...others].some(({ span }) => lastRequestOf(span) === "failed");
  return isAmbiguous ? undefined : first?.span;
}

/** How many texts there are; none, unless all of them are in it. */
function countIn(said: ReadonlySet<string>, texts: ReadonlySet<string>): number {
  return [...texts].every((text) => said.has(text)) ? texts.size : 0;
}

function fits({ model }: AskedOfModel, request: unknown): boolean {
  const asked = memberOf(request, "model");
  return model === undefined || typeof asked !== "string" || asked === model;
}

/** What LangChain's messages say, without the words of their form; a prompt is one itself. */
function wordsOf(prompt: unknown): unknown {
  if (!Array.isArray(prompt)) return prompt;
  return prompt.map((message) => {
    const content = memberOf(message, "content");
    return Array.isArray(content) ? content.map((part) => memberOf(part, "text")) : content;
  });
}

/** Every text of a value made of objects and lists, but those that are empty. */
function textsIn(value: unknown, found = new Set<string>(), depth = 0): Set<string> {
  if (typeof value === "string") {
    if (value !== "") found.add(value);
  } else if (depth < MAX_DEPTH && found.size < MAX_TEXTS && isTouchable(value)) {
    for (const name of Object.keys(value)) textsIn(memberOf(value, name), found, depth + 1);
  }
  return found;
}
