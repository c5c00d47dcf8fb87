import { AsyncLocalStorage } from "node:async_hooks";
import { EventEmitter } from "node:events";
import type { Method } from "../../recording/following/members.ts";
import { replaceMethod } from "../../recording/following/members.ts";
import type { OtelContext, OtelContextManager } from "./api.ts";
import type { Bridge } from "./bridge.ts";
import { activeSpanIn } from "./native-span.ts";
import { ROOT } from "./running-context.ts";

const ADDING = ["on", "addListener", "once", "prependListener", "prependOnceListener"];
const REMOVING = ["off", "removeListener"];

/** Keeps OpenTelemetry's context along asynchronous calls. An active span of ours is one of its contexts' spans. */
export class EverspanContextManager implements OtelContextManager {
  readonly #storage = new AsyncLocalStorage<OtelContext>();
  readonly #bridge: () => Bridge;

  constructor(bridge: () => Bridge) {
    this.#bridge = bridge;
  }

  active(): OtelContext {
    return activeSpanIn(this.#bridge(), this.#storage.getStore() ?? ROOT);
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: OtelContext,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.#bridge().enter(context, () =>
      this.#storage.run(context, () => Reflect.apply(fn, thisArg, args) as ReturnType<F>),
    );
  }

  /** A function runs in the context, an emitter's listeners do; anything else is given back as it is. */
  bind<T>(context: OtelContext, target: T): T {
    if (target instanceof EventEmitter) this.#bindListeners(context, target);
    return typeof target === "function" ? (this.#bound(context, target as unknown as Method) as T) : target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.#storage.disable();
    return this;
  }

  #bound(context: OtelContext, fn: Method): Method {
    const manager = this;
    const bound = function (this: unknown, ...args: unknown[]) {
      return manager.with(context, () => Reflect.apply(fn, this, args));
    };
    Object.defineProperty(bound, "length", { value: fn.length, configurable: true });
    return bound;
  }

  /** What the emitter calls of its own methods while it adds a listener finds that listener bound. */
  #bindListeners(context: OtelContext, emitter: EventEmitter): void {
    const bounds = new WeakMap<object, Method>();
    let isAdding = false;
    const add = (listener: unknown): unknown => {
      if (typeof listener !== "function" || isAdding) return listener;
      const bound = bounds.get(listener) ?? this.#bound(context, listener as Method);
      bounds.set(listener, bound);
      return bound;
    };
    for (const name of [...ADDING, ...REMOVING]) {
      const method = (emitter as unknown as Record<string, Method>)[name]!;
      const isRemoving = REMOVING.includes(name);
      replaceMethod(emitter, name, function (this: unknown, event, listener) {
        const known = isRemoving ? (bounds.get(listener as object) ?? listener) : add(listener);
        const wasAdding = isAdding;
        isAdding = true;
        try {
          return Reflect.apply(method, this, [event, known]);
        } finally {
          isAdding = wasAdding;
        }
      });
    }
  }
}
