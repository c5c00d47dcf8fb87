import { failure, type Run, spansOf } from "./run.ts";

/** @throws AssertionError that names each span that failed, was canceled or never ended */
export function assertNoErrors(run: Run): void {
  const failed = spansOf(run).flatMap(({ name, status, phase, error }) => {
    if (phase !== "ended") return [`${name} never ended`];
    if (status === "OK") return [];
    return [`${name}: ${status}${error === undefined ? "" : `, ${error.type}: ${error.message}`}`];
  });
  if (failed.length > 0) {
    throw failure(`expected a run without errors, but ${failed.join("; ")}`, { actual: failed, expected: [] });
  }
}
