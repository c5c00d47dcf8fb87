/**
 * `everspan/claude-agent-sdk`: traces the Claude Agent SDK.
 *
 * ```ts
 * import { query as bareQuery } from "@anthropic-ai/claude-agent-sdk";
 * import { observeQuery } from "everspan/claude-agent-sdk";
 *
 * const query = observeQuery(bareQuery);
 * for await (const message of query({ prompt: "…" })) { … }
 * ```
 *
 * Reads the messages as the application takes them. It adds no hook and no option, so that the agent does what it would
 * do without.
 */
import { defaultTracer } from "../../environment/default-tracer.ts";
import { isTouchable, type Method, memberOf, methodOf, replaceMethod } from "../../recording/following/members.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { quietly } from "../callbacks/quietly.ts";
import { AgentRun } from "./agent-run.ts";
import type { AgentMessage } from "./messages.ts";

export interface ObserveQueryOptions {
  /** Default: the process's default tracer. */
  readonly tracer?: Tracer | undefined;
}

/**
 * The same function, each call of which is a span of type `AGENT_WORKFLOW` with the agent's model calls (one for each
 * message id), tool calls and sub-agents under it. What it returns is the SDK's own object. A run that is interrupted,
 * closed or left by a `break` is `CANCELED`.
 */
export function observeQuery<Query extends (params: never) => object>(
  query: Query,
  options: ObserveQueryOptions = {},
): Query {
  const observed = function (this: unknown, ...args: unknown[]): unknown {
    const tracer = options.tracer ?? defaultTracer();
    const [prompt, given] = ["prompt", "options"].map((name) => memberOf(args[0], name));
    const run = new AgentRun(tracer, prompt, given);
    if (isTouchable(prompt)) followPrompt(prompt, run);
    let messages: unknown;
    try {
      messages = tracer.withSpan(run.span, () => Reflect.apply(query, this, args));
    } catch (error) {
      run.failed(error);
      throw error;
    }
    if (isTouchable(messages)) follow(messages, tracer, run);
    return messages;
  };
  return Object.defineProperties(observed, {
    name: { value: query.name, configurable: true },
    length: { value: query.length, configurable: true },
  }) as unknown as Query;
}

/** What is told of an iteration as it passes. */
interface Listener {
  value(message: AgentMessage): void;
  over(): void;
  failed(error: unknown): void;
}

function follow(messages: object, tracer: Tracer, run: AgentRun): void {
  const iterate = methodOf(messages, Symbol.asyncIterator);
  const iterator = iterate === undefined ? messages : Reflect.apply(iterate, messages, []);
  // All ways of reading lead to this one iterator.
  if (isTouchable(iterator)) {
    listen(iterator, run, (step) => tracer.withSpan(run.span, step));
  }
  before(messages, "interrupt", () => run.interrupted());
  for (const name of ["close", Symbol.asyncDispose]) before(messages, name, () => run.over());
}

/** Messages that the application sends later come from an iterable of its own. */
function followPrompt(prompt: object, run: AgentRun): void {
  const iterate = methodOf(prompt, Symbol.asyncIterator);
  if (iterate === undefined) return;
  const ignored = () => {};
  replaceMethod(prompt, Symbol.asyncIterator, function (this: unknown, ...args) {
    const iterator = Reflect.apply(iterate, this, args);
    const listener = { value: (message: AgentMessage) => run.prompted(message), over: ignored, failed: ignored };
    if (isTouchable(iterator)) listen(iterator, listener, (step) => step());
    return iterator;
  });
}

function listen(iterator: object, listener: Listener, run: <T>(step: () => T) => T): void {
  for (const name of ["next", "return", "throw"] as const) {
    const step = methodOf(iterator, name);
    if (step !== undefined) replaceMethod(iterator, name, heard(step, name, listener, run));
  }
}

function heard(step: Method, name: string, listener: Listener, run: <T>(step: () => T) => T): Method {
  return function (this: unknown, ...args) {
    const stepped = run(() => Reflect.apply(step, this, args)) as Promise<IteratorResult<AgentMessage>>;
    if (typeof stepped?.then !== "function") return stepped;
    return stepped.then(
      (result) => {
        quietly(() => (result.done === true || name !== "next" ? listener.over() : listener.value(result.value)));
        return result;
      },
      (error) => {
        quietly(() => listener.failed(error));
        throw error;
      },
    );
  };
}

function before(object: object, name: PropertyKey, tell: () => void): void {
  const method = methodOf(object, name);
  if (method === undefined) return;
  replaceMethod(object, name, function (this: unknown, ...args) {
    quietly(tell);
    return Reflect.apply(method, this, args);
  });
}
