import type { LangChainHandler } from "./events.ts";
import { type EverspanLangChainOptions, HANDLER_NAME, handlersOf } from "./handler.ts";

/** What is used of the class `CallbackManager`: every run asks it for its handlers. */
export interface CallbackManagerClass {
  // biome-ignore lint/suspicious/noExplicitAny: a class of any version is taken
  _configureSync(inheritableHandlers?: any, ...rest: any[]): any;
}

interface Manager {
  readonly handlers: readonly { readonly name: string }[];
  copy(additional: readonly LangChainHandler[], inherit: boolean): Manager;
}

const ORIGINAL = Symbol.for("everspan.langchain.original");

/**
 * Gives every run that begins from now on the handler, wherever it is started, without `callbacks` being passed. LangChain's
 * own hook for this (`registerConfigureHook`) holds only in the asynchronous context in which it was called, so the class
 * that hands out handlers is asked instead. A run that was given an Everspan handler keeps that one. A second call
 * replaces the handler.
 *
 * @returns ends it
 */
export function registerEverspan(manager: CallbackManagerClass, options: EverspanLangChainOptions = {}): () => void {
  const current = manager._configureSync as CallbackManagerClass["_configureSync"] & { [ORIGINAL]?: unknown };
  const original = (current[ORIGINAL] ?? current) as CallbackManagerClass["_configureSync"];
  const make = handlersOf(options);
  const configure = function (this: unknown, inheritableHandlers?: unknown, ...rest: unknown[]): unknown {
    return original.call(this as CallbackManagerClass, withHandler(inheritableHandlers, make), ...rest);
  };
  Object.defineProperty(configure, ORIGINAL, { value: original });
  manager._configureSync = configure;
  return () => {
    if (manager._configureSync === configure) manager._configureSync = original;
  };
}

/** Callbacks are absent, a list, or a manager; what the application passed is left as it is. */
function withHandler(callbacks: unknown, make: () => LangChainHandler): unknown {
  if (callbacks === undefined || callbacks === null) return [make()];
  if (Array.isArray(callbacks)) return hasOurs(callbacks) ? callbacks : [...callbacks, make()];
  const manager = callbacks as Manager;
  if (!Array.isArray(manager.handlers) || typeof manager.copy !== "function") return callbacks;
  return hasOurs(manager.handlers) ? manager : manager.copy([make()], true);
}

function hasOurs(handlers: readonly { readonly name?: unknown }[]): boolean {
  return handlers.some((other) => other?.name === HANDLER_NAME);
}
