/**
 * A workflow's run: from the event that is sent to it from outside until none of its steps is at work any more. What comes
 * from outside later (a person's answer) is a run of its own.
 */
import { FollowedSpan } from "../../recording/following/followed-span.ts";
import { type Method, memberOf, methodOf } from "../../recording/following/members.ts";
import { isThenable, observe } from "../../recording/following/promises.ts";
import { runInSpan } from "../../recording/following/run-in-span.ts";
import type { Span } from "../../recording/span/span.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { quietly } from "../callbacks/quietly.ts";
import { replaceOnce } from "../generated-client/replace-once.ts";

/** The agents that a workflow is made of, whose steps are not shown: their models and tools are. */
export interface AgentsOf {
  readonly agents: object;
  readonly observePart: (part: unknown, tracer: () => Tracer) => void;
}

/** What a workflow tells of a step that is about to run. */
interface StepContext {
  handler: Method;
  pending: Promise<unknown> | null;
  readonly inputEvents?: readonly unknown[];
  readonly inputs?: readonly unknown[];
}

interface Subscribable {
  subscribe(callback: Method): void;
}

export function observeWorkflow(workflow: object, tracer: () => Tracer, of?: AgentsOf): void {
  if (of !== undefined) quietly(() => observeAgents(of, tracer));
  replaceOnce(workflow, "createContext", (createContext) => {
    return function (this: unknown, ...args) {
      const context = Reflect.apply(createContext, this, args);
      quietly(() => {
        // Agents may have come since.
        if (of !== undefined) observeAgents(of, tracer);
        followRuns(context as object, tracer, of);
      });
      return context;
    };
  });
}

function observeAgents({ agents, observePart }: AgentsOf, tracer: () => Tracer): void {
  const all = methodOf(agents, "getAgents")?.call(agents) as readonly object[];
  for (const agent of all) {
    observePart(memberOf(agent, "llm"), tracer);
    for (const tool of memberOf(agent, "tools") as readonly unknown[]) observePart(tool, tracer);
    if (all.length > 1) replaceOnce(agent, "takeStep", (takeStep) => stepOf(agent, takeStep, tracer));
  }
}

/** Of several agents, which one asked. */
function stepOf(agent: object, takeStep: Method, tracer: () => Tracer): Method {
  return function (this: unknown, ...args) {
    const current = tracer();
    const span = current.startSpan(String(memberOf(agent, "name")), { type: "AGENT_WORKFLOW" });
    const step = current.withSpan(span, () => Reflect.apply(takeStep, this, args));
    return observeStep(step, span);
  };
}

/** Of a step what it said: the events that it sent tell the rest. */
function observeStep(step: unknown, span: Span): unknown {
  const followed = new FollowedSpan(span);
  if (!isThenable(step)) followed.succeed(undefined);
  else {
    return observe(step, span, {
      fulfilled: (value) => {
        followed.succeed(memberOf(value, "response"));
        return value;
      },
      rejected: (error) => followed.fail(error),
    });
  }
  return step;
}

function followRuns(context: object, tracer: () => Tracer, of: AgentsOf | undefined): void {
  const runs = new Runs(tracer, of);
  replaceOnce(context, "sendEvent", (sendEvent) => {
    return function (this: unknown, ...events) {
      return runs.started(events, () => Reflect.apply(sendEvent, this, events));
    };
  });
  subscribe(context, "__internal__call_send_event", (event) => runs.sent(event));
  subscribe(context, "__internal__call_context", (step, next) =>
    runs.step(step as StepContext, () => (next as Method)(step)),
  );
}

function subscribe(context: object, name: string, callback: Method): void {
  (memberOf(context, name) as Subscribable | undefined)?.subscribe(callback);
}

class Runs {
  readonly #tracer: () => Tracer;
  readonly #of: AgentsOf | undefined;
  #root: Span | undefined;
  #atWork = 0;
  #last: unknown;
  #hasFailed = false;

  constructor(tracer: () => Tracer, of: AgentsOf | undefined) {
    this.#tracer = tracer;
    this.#of = of;
  }

  /** Events come from outside. */
  started<T>(events: readonly unknown[], send: () => T): T {
    const tracer = this.#tracer();
    const name = memberOf(this.#of?.agents, "rootAgentName");
    this.#root ??= tracer.startSpan(typeof name === "string" ? name : "workflow", {
      type: "AGENT_WORKFLOW",
      input: dataOfAll(events),
    });
    this.#atWork += 1;
    try {
      return tracer.withSpan(this.#root, send);
    } finally {
      this.#stopped();
    }
  }

  sent(event: unknown): void {
    this.#last = event;
  }

  /** Runs a step, in a span of its own where the workflow is the application's. */
  step(step: StepContext, run: () => void): void {
    const { handler } = step;
    this.#atWork += 1;
    const runs = this;
    step.handler = function (this: unknown, ...args) {
      step.handler = handler;
      return runs.#inSpan(step, () => Reflect.apply(handler, this, args));
    };
    try {
      run();
    } finally {
      if (step.pending === null) this.#stopped();
      else step.pending = this.#untilSettled(step.pending);
    }
  }

  /** A step that fails is a rejection that nobody handles, as without us. */
  #untilSettled(pending: Promise<unknown>): Promise<unknown> {
    return pending.then(
      (value) => {
        this.#stopped();
        return value;
      },
      (error) => {
        this.#failed(error);
        this.#stopped();
        throw error;
      },
    );
  }

  #inSpan(step: StepContext, run: () => unknown): unknown {
    try {
      if (this.#of !== undefined) return run();
      const tracer = this.#tracer();
      const begin = () => tracer.startSpan(stepName(step), { input: dataOfAll(step.inputs ?? []) });
      // A step that another one sets off is no part of it.
      const span = this.#root === undefined ? begin() : tracer.withSpan(this.#root, begin);
      return runInSpan(span, () => tracer.withSpan(span, run));
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }

  #failed(error: unknown): void {
    this.#hasFailed = true;
    this.#root?.recordError(error);
  }

  #stopped(): void {
    this.#atWork -= 1;
    const root = this.#root;
    if (this.#atWork > 0 || root === undefined) return;
    this.#root = undefined;
    if (!this.#hasFailed) root.output = outcomeOf(dataOf(this.#last));
    this.#hasFailed = false;
    root.end();
  }
}

function stepName({ handler, inputEvents }: StepContext): string {
  return handler.name || (inputEvents ?? []).map((event) => String(memberOf(event, "debugLabel"))).join(" and ");
}

function dataOf(event: unknown): unknown {
  return memberOf(event, "data");
}

function dataOfAll(events: readonly unknown[]): unknown {
  return events.length === 1 ? dataOf(events[0]) : events.map(dataOf);
}

/** Of an agent's end what it says, without its memory. */
function outcomeOf(data: unknown): unknown {
  const message = memberOf(data, "message");
  if (message === undefined || memberOf(data, "state") === undefined) return data;
  const object = memberOf(data, "object");
  return object === undefined ? message : { message, object };
}
