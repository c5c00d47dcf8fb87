/** What a store's errors are over HTTP: the one place that decides it, for reads and writes. */
import { HttpError } from "../http/http-errors.ts";
import { UnsupportedByStoreError } from "../store/capabilities.ts";
import {
  BadCursorError,
  ReadTimeoutError,
  SpanExistsError,
  SpanRefusedError,
  StoreBusyError,
  StoreUnavailableError,
  WriteTooLargeError,
} from "../store/store-errors.ts";

/** @returns undefined for what is no error of a store */
export function storeFailure(error: unknown): HttpError | undefined {
  if (error instanceof SpanExistsError) return new HttpError(409, "SPAN_EXISTS", error.message);
  if (error instanceof SpanRefusedError) return new HttpError(422, "INVALID_SPAN", error.message);
  if (error instanceof WriteTooLargeError) return new HttpError(413, "TOO_MANY_SPANS", error.message);
  if (error instanceof BadCursorError) return new HttpError(400, "BAD_QUERY", error.message);
  if (error instanceof UnsupportedByStoreError) return new HttpError(501, "UNSUPPORTED", error.message);
  if (error instanceof StoreBusyError) return busy("the collector can't keep up");
  if (error instanceof ReadTimeoutError) return busy("the question took too long to answer: ask for less");
  if (!(error instanceof StoreUnavailableError)) return undefined;
  return new HttpError(503, "STORE_UNAVAILABLE", "the store can't write now", { "retry-after": "5" });
}

function busy(message: string): HttpError {
  return new HttpError(503, "BUSY", message, { "retry-after": "1" });
}
