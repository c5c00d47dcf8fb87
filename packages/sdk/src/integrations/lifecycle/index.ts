/** What a process owes its spans when it ends. Opt-in: without a call from here the SDK listens to nothing. */

export { type DrainableTracer, type DrainOnExitOptions, drainOnExit } from "./drain-on-exit.ts";
