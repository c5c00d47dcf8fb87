/**
 * Work instead of seconds: how often each block of the readers' code ran (V8's precise coverage), and how many elements
 * the built-in functions went through that they called. The same on every machine, however busy it is.
 */
import { type Profiler, Session } from "node:inspector";

/** The code whose blocks count. */
const COUNTED = /\/packages\/(?:reading|protocol)\/src\//;

/** What a call of a built-in function costs, by its receiver, its arguments and its result. */
type Cost = (self: unknown, all: readonly unknown[], result: unknown) => number;

const lengthOf = (value: unknown): number =>
  typeof value === "string" || Array.isArray(value) ? value.length : value instanceof Set ? value.size : 1;
const keysOf = (value: unknown): number =>
  typeof value === "object" && value !== null ? Reflect.ownKeys(value).length : 1;
const ofSelf: Cost = (self) => lengthOf(self);
const ofArgument: Cost = (_self, [first]) => keysOf(first);
/** A search ends where it finds. */
const ofSearch: Cost = (self, [, from], result) =>
  (typeof result === "number" && result >= 0 ? result : lengthOf(self)) - (typeof from === "number" ? from : 0);

const LISTS = ["includes", "slice", "concat", "join", "flat", "sort", "toReversed"];
const TEXTS = ["includes", "split", "replaceAll", "toLowerCase"];
const OBJECTS = ["keys", "entries", "values", "fromEntries", "getOwnPropertyNames"];

const BUILT_IN: readonly (readonly [object, string, Cost])[] = [
  ...LISTS.map((name) => [Array.prototype, name, ofSelf] as const),
  ...TEXTS.map((name) => [String.prototype, name, ofSelf] as const),
  ...OBJECTS.map((name) => [Object, name, ofArgument] as const),
  [Array.prototype, "indexOf", ofSearch],
  [String.prototype, "indexOf", ofSearch],
  [Object, "assign", (_self, [, added]) => keysOf(added)],
  [JSON, "parse", (_self, [text]) => lengthOf(text)],
];

/** Counting goes on between two calls: beginning it anew would throw away what the engine has compiled. */
let counting: Session | undefined;

/** How much `run` does, in blocks and elements. Throws where the runtime counts no blocks. */
export function countWork(run: () => void): number {
  if (counting === undefined) {
    counting = new Session();
    counting.connect();
    post(counting, "Profiler.enable");
    post(counting, "Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }
  // What ran until here is forgotten with it.
  post(counting, "Profiler.takePreciseCoverage");
  let elements = 0;
  const restore = countBuiltIns((count) => {
    elements += count;
  });
  try {
    run();
  } finally {
    restore();
  }
  const { result } = post(counting, "Profiler.takePreciseCoverage") as Profiler.TakePreciseCoverageReturnType;
  return elements + blocksOf(result);
}

function post(session: Session, method: string, parameters: object = {}): unknown {
  let answer: unknown;
  let failure: Error | null = null;
  // In the same thread the answer is there when the call returns.
  session.post(method, parameters, (error, result) => {
    failure = error;
    answer = result;
  });
  if (failure !== null) throw failure as Error;
  return answer;
}

function blocksOf(scripts: readonly Profiler.ScriptCoverage[]): number {
  let blocks = 0;
  for (const { url, functions } of scripts) {
    if (!COUNTED.test(url) || url.includes("/testing/")) continue;
    for (const { ranges } of functions) for (const { count } of ranges) blocks += count;
  }
  return blocks;
}

/** Counts until what it returns is called. */
function countBuiltIns(add: (count: number) => void): () => void {
  const standing: (() => void)[] = [];
  const replace = (owner: object, name: PropertyKey, value: unknown) => {
    const descriptor = Object.getOwnPropertyDescriptor(owner, name)!;
    Object.defineProperty(owner, name, { ...descriptor, value });
    standing.push(() => Object.defineProperty(owner, name, descriptor));
  };
  for (const [owner, name, cost] of BUILT_IN) {
    const original = (owner as Record<string, (...all: unknown[]) => unknown>)[name]!;
    replace(owner, name, function counted(this: unknown, ...all: unknown[]) {
      const result = Reflect.apply(original, this, all);
      add(cost(this, all, result));
      return result;
    });
  }
  // Copies by `...` and loops go through the iterator once it is not the built-in one.
  const iterator = Object.getPrototypeOf([][Symbol.iterator]()) as { next: () => IteratorResult<unknown> };
  const { next } = iterator;
  replace(iterator, "next", function counted(this: Iterator<unknown>) {
    add(1);
    return Reflect.apply(next, this, []);
  });
  return () => {
    for (const undo of standing.splice(0).reverse()) undo();
  };
}
