/** The names of errors by which an operation says that somebody stopped it: the platform's, and those of the model clients, HTTP clients and workflows. */
export const ABORT_NAMES: ReadonlySet<unknown> = new Set([
  "AbortError",
  "APIUserAbortError",
  "CanceledError",
  "CancelledError",
  "CancelledFailure",
  "ResponseAborted",
]);
