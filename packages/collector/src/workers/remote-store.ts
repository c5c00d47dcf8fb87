/** A store that other processes hold, with the face of the contract: writes go to one of them, reads to any. */
import type { SpanSnapshot, StoredSpan } from "@everspan/protocol";
import type { StoreCapability } from "../store/capabilities.ts";
import type { SpanChange, TraceStore } from "../store/trace-store.ts";
import { CHANGE, type ChangeOutcome, LOOK, READ_METHODS, WRITE_METHODS } from "./store-calls.ts";

/** Calls a method in the process that answers it. */
export interface StoreCaller {
  readonly capabilities: ReadonlySet<StoreCapability>;
  write(method: string, args: readonly unknown[]): Promise<unknown>;
  read(method: string, args: readonly unknown[]): Promise<unknown>;
  close(): Promise<void>;
}

export function remoteStore(caller: StoreCaller): TraceStore {
  const method = (name: string, call: StoreCaller["read"]) => [name, (...args: unknown[]) => call(name, args)] as const;
  const methods = Object.fromEntries([
    ...WRITE_METHODS.map((name) => method(name, (...call) => caller.write(...call))),
    ...READ_METHODS.map((name) => method(name, (...call) => caller.read(...call))),
  ]);
  const own = {
    capabilities: caller.capabilities,
    patch: (project: string, spanId: string, change: SpanChange) => patch(caller, project, spanId, change),
    close: () => caller.close(),
  };
  return { ...(methods as unknown as Omit<TraceStore, keyof typeof own>), ...own };
}

/** The change is a function, which stays here: it is made again when another write came between reading and writing. */
async function patch(
  caller: StoreCaller,
  project: string,
  spanId: string,
  change: SpanChange,
): Promise<StoredSpan | undefined> {
  for (;;) {
    const before = (await caller.write(LOOK, [project, spanId])) as SpanSnapshot | undefined;
    if (before === undefined) return undefined;
    const outcome = (await caller.write(CHANGE, [project, spanId, before, change(before)])) as ChangeOutcome;
    if (outcome === undefined) return undefined;
    if (outcome.changed) return outcome.span as StoredSpan;
  }
}
