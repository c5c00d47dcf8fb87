/**
 * Hooks of Node's module loader: an ECMAScript module that is observed says so when it has been evaluated, before whoever
 * imports it runs. A line is added after its last one; what it exports stays what it is. Used in a thread of their own
 * (`module.register`) or in the program's (`module.registerHooks`), wherever Node has the latter.
 */
import { observedPackage } from "./observed-packages.ts";

interface Resolved {
  readonly url: string;
}

interface Loaded {
  readonly format?: string | null | undefined;
  readonly source?: string | ArrayBuffer | NodeJS.TypedArray | undefined | null;
}

type Next<Result, Context> = (argument: string, context?: Context) => Result;

/** The module's own address is the one name for it that is sure to be the same instance. */
const observed = new Map<string, string>();

export async function resolve(name: string, context: object, next: Next<Promise<Resolved>, object>): Promise<Resolved> {
  return noteResolved(name, await next(name, context));
}

export async function load(url: string, context: object, next: Next<Promise<Loaded>, object>): Promise<Loaded> {
  return announced(url, await next(url, context));
}

/** The same, for the program's own thread. */
export const syncHooks = {
  resolve: (name: string, context: object, next: Next<Resolved, object>): Resolved =>
    noteResolved(name, next(name, context)),
  load: (url: string, context: object, next: Next<Loaded, object>): Loaded => announced(url, next(url, context)),
};

function noteResolved<Result extends Resolved>(name: string, resolved: Result): Result {
  const found = observedPackage(name, () => resolved.url.split("?", 1)[0]!);
  if (found !== undefined) observed.set(resolved.url, found);
  return resolved;
}

/** CommonJS is told by the program's own `require`. */
function announced<Result extends Loaded>(url: string, loaded: Result): Result {
  const name = observed.get(url);
  if (name === undefined || loaded.format !== "module" || loaded.source == null) return loaded;
  const source = typeof loaded.source === "string" ? loaded.source : new TextDecoder().decode(loaded.source);
  const tell = `globalThis[Symbol.for("everspan.loaded")]?.(${JSON.stringify(name)}, everspan$module);`;
  return { ...loaded, source: `${source}\nimport * as everspan$module from ${JSON.stringify(url)};\n${tell}\n` };
}
