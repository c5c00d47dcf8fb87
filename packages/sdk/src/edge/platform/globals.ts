/** Globals that not every runtime has, injected where the lean build's code names them. */

interface Globals {
  readonly process?: { readonly env: Record<string, string | undefined> };
  readonly FinalizationRegistry?: unknown;
  readonly WeakRef?: unknown;
}

const found = globalThis as unknown as Globals;

export const process = found.process ?? { env: {} };

/** Where nothing tells of a collected result, its span stays open until the tracer gives it up. */
export const Registry =
  found.FinalizationRegistry ??
  class {
    register(): void {}
    unregister(): void {}
  };

export const Weak = found.WeakRef ?? class {};
