import * as nodeModule from "node:module";
import { basename } from "node:path";
import { registerEverspan as registerAi } from "../ai/index.ts";
import { quietly } from "../callbacks/quietly.ts";
import { registerEverspan as registerUndici } from "../undici/index.ts";
import { syncHooks } from "./import-hooks.ts";
import { observedPackage } from "./observed-packages.ts";
import { observeModule } from "./observers.ts";
import { makeProcessTracer } from "./process-tracer.ts";
import { followServedRequests } from "./served-requests.ts";
import { followUnreadModelRequests } from "./unread-model-requests.ts";

/** Where an observed module's added line finds us. */
const LOADED = Symbol.for("everspan.loaded");
const DEFAULT_TRACER = Symbol.for("everspan.default-tracer");

/** They start the program; they are not it. */
const PACKAGE_MANAGERS = /^(?:npm|npx|pnpm|pnpx|yarn|corepack)(?:-cli)?(?:\.[cm]?js)?$/;

/** Once for a process, however often and in whichever form it is loaded. Never throws. */
export function registerProcess(): void {
  const globals = globalThis as { [LOADED]?: typeof observeModule };
  if (globals[LOADED] !== undefined || PACKAGE_MANAGERS.test(basename(process.argv[1] ?? ""))) return;
  globals[LOADED] = observeModule;
  quietly(makeTracerWhenAsked);
  quietly(hookImports);
  quietly(hookRequire);
  quietly(followServedRequests);
  // The net first: it looks at what is active before an attempt of the same request is.
  quietly(followUnreadModelRequests);
  quietly(registerUndici);
  quietly(registerAi);
}

/** A program that sets a tracer of its own has that one; one that records nothing has none. */
function makeTracerWhenAsked(): void {
  const holder = globalThis as object;
  const become = (value: unknown) =>
    Object.defineProperty(holder, DEFAULT_TRACER, { value, writable: true, configurable: true, enumerable: true });
  if (DEFAULT_TRACER in holder) return;
  Object.defineProperty(holder, DEFAULT_TRACER, {
    get: () => {
      const tracer = makeProcessTracer();
      become(tracer);
      return tracer;
    },
    set: become,
    configurable: true,
    enumerable: true,
  });
}

function hookImports(): void {
  const { registerHooks, register } = nodeModule as unknown as {
    registerHooks?: (hooks: typeof syncHooks) => unknown;
    register?: (file: string, from: string) => void;
  };
  if (registerHooks !== undefined) registerHooks(syncHooks);
  else register?.("./import-hooks.js", import.meta.url);
}

/** `Module._load` is what `require` comes down to, also where an ECMAScript module imports CommonJS. */
function hookRequire(): void {
  const { Module } = nodeModule as unknown as {
    Module: {
      _load: (this: unknown, name: string, parent: unknown, ...rest: unknown[]) => unknown;
      _resolveFilename: (name: string, parent: unknown) => string;
    };
  };
  const load = Module._load;
  Module._load = function (this: unknown, name, parent, ...rest) {
    const loaded = Reflect.apply(load, this, [name, parent, ...rest]);
    quietly(() => {
      const found = observedPackage(name, () => Module._resolveFilename(name, parent));
      if (found !== undefined) observeModule(found, loaded);
    });
    return loaded;
  };
}
