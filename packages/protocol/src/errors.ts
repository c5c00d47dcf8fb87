/**
 * Every error that Everspan raises to its user, in one table. `docs/errors.md` lists the same codes; a test
 * compares the two both ways.
 */
export type ErrorCode =
  | "EVERSPAN_INVALID_OPTION"
  | "EVERSPAN_DUPLICATE_EXPORTER"
  | "EVERSPAN_INSECURE_URL"
  | "EVERSPAN_INVALID_SPAN"
  | "EVERSPAN_INVALID_RECORDING"
  | "EVERSPAN_UNSUPPORTED_RUNTIME";

export const ERROR_CODES: Readonly<Record<ErrorCode, string>> = {
  EVERSPAN_INVALID_OPTION: "An option has a value that Everspan can't use.",
  EVERSPAN_DUPLICATE_EXPORTER: "Two exporters of one tracer have the same name.",
  EVERSPAN_INSECURE_URL: "Credentials would travel over clear HTTP to a host that is not this machine.",
  EVERSPAN_INVALID_SPAN: "A span that arrived is not valid.",
  EVERSPAN_INVALID_RECORDING: "A recorded run can't be read.",
  EVERSPAN_UNSUPPORTED_RUNTIME: "What was asked for needs what this runtime does not have.",
};

/** An error with a stable `code` from the table and a message that says what was expected and what came. */
export class EverspanError extends Error {
  override readonly name = "EverspanError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
