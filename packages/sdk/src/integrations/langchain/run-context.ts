/**
 * LangChain runs no code of a handler around the code of a tool, a lambda or a graph's node. It runs all of them through one
 * storage of the process, though, with the run's handlers beside them: there their span becomes the active one.
 */
import { memberOf, methodOf, replaceMethod } from "../../recording/following/members.ts";
import type { Span } from "../../recording/span/span.ts";
import type { Tracer } from "../../recording/tracer.ts";

/** Where LangChain, whichever copies of it there are, keeps its storage; absent until LangGraph or LangSmith is loaded. */
const STORAGE = Symbol.for("ls:tracing_async_local_storage");
const CONFIG = Symbol.for("lc:child_config");
/** Of a handler: finds a run's span. Whichever copy of this package made it. */
const FINDER = Symbol.for("everspan.langchain.finder");
const FOLLOWED = Symbol.for("everspan.langchain.followed");

interface RunSpans {
  spanAround(runId: string): Span | undefined;
}

type Finder = (runId: string) => { readonly tracer: Tracer; readonly span: Span } | undefined;

export function findRunsIn(handler: object, runs: RunSpans, tracer: () => Tracer): void {
  const find: Finder = (runId) => {
    const span = runs.spanAround(runId);
    return span === undefined ? undefined : { tracer: tracer(), span };
  };
  Object.defineProperty(handler, FINDER, { value: find });
}

/** As soon as the storage is there: called when a run starts. */
export function followRunContext(): void {
  const storage = (globalThis as { [STORAGE]?: object })[STORAGE];
  const run = storage === undefined ? undefined : methodOf(storage, "run");
  if (storage === undefined || run === undefined || memberOf(run, FOLLOWED) === true) return;
  const followed = function (this: unknown, store: unknown, fn: unknown, ...args: unknown[]): unknown {
    const found = typeof fn === "function" ? runningIn(store) : undefined;
    if (found === undefined) return Reflect.apply(run, this, [store, fn, ...args]);
    const inSpan = (...given: unknown[]) =>
      found.tracer.withSpan(found.span, () => (fn as (...a: unknown[]) => unknown)(...given));
    return Reflect.apply(run, this, [store, inSpan, ...args]);
  };
  Object.defineProperty(followed, FOLLOWED, { value: true });
  replaceMethod(storage, "run", followed as never);
}

function runningIn(store: unknown): ReturnType<Finder> {
  try {
    const manager = memberOf(memberOf(memberOf(store, "extra"), CONFIG), "callbacks") as
      | { getParentRunId?(): string | undefined; handlers?: readonly { [FINDER]?: Finder }[] }
      | undefined;
    const runId = manager?.getParentRunId?.();
    return runId === undefined ? undefined : manager?.handlers?.find((handler) => handler?.[FINDER])?.[FINDER]?.(runId);
  } catch {
    return undefined;
  }
}
