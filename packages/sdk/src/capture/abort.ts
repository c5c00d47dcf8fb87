/** Whether what was thrown says that somebody stopped the operation, rather than that it failed. Total. */
import { memberOf } from "./member-of.ts";

/**
 * By the error's own name or its class's: the platform's, and those of the model clients, HTTP clients and workflows. What reads
 * OTLP knows the same ones (`ABORT_NAME`): a pattern in common would cost the lean build more than this list.
 */
const ABORT_NAMES: ReadonlySet<unknown> = new Set([
  "AbortError",
  "APIUserAbortError",
  "CanceledError",
  "CancelledError",
  "CancelledFailure",
  "ResponseAborted",
]);
const ABORT_CODES: ReadonlySet<unknown> = new Set(["ABORT_ERR", "ERR_CANCELED"]);
/** Properties of an input in which a signal is looked for. */
const MAX_LOOKED_AT = 32;

/** @param input of the operation: `abort(reason)` throws the reason itself, which only the signal knows as an abort */
export function isAbort(thrown: unknown, input: unknown): boolean {
  return saysAbort(thrown) || saysAbort(memberOf(thrown, "cause")) || isReasonOfSignalIn(input, thrown, 2);
}

function saysAbort(error: unknown): boolean {
  return (
    ABORT_NAMES.has(memberOf(error, "name")) ||
    ABORT_NAMES.has(memberOf(memberOf(error, "constructor"), "name")) ||
    ABORT_CODES.has(memberOf(error, "code"))
  );
}

/** In arguments and options: `fetch(url, { signal })`. Reads data properties only. */
function isReasonOfSignalIn(value: unknown, thrown: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  try {
    if (value instanceof AbortSignal) return value.aborted && value.reason === thrown;
    if (depth === 0) return false;
    for (const name of Object.keys(value).slice(0, MAX_LOOKED_AT)) {
      const part: unknown = Object.getOwnPropertyDescriptor(value, name)?.value;
      if (isReasonOfSignalIn(part, thrown, depth - 1)) return true;
    }
  } catch {
    // What can't be read holds no signal.
  }
  return false;
}
