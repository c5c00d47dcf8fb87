/** Errors on their way between processes: those that somebody tells apart arrive as what they were. */
import { HttpError, type HttpErrorCode } from "../http/http-errors.ts";
import { type StoreCapability, UnsupportedByStoreError } from "../store/capabilities.ts";
import {
  BadCursorError,
  ReadTimeoutError,
  SpanExistsError,
  SpanRefusedError,
  StoreBusyError,
  StoreUnavailableError,
  WriteTooLargeError,
} from "../store/store-errors.ts";

export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  /** What the class has beyond a message. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export function toWireError(error: unknown): WireError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), fields: {} };
  const { name, message, stack } = error;
  return { name, message, stack, fields: fieldsOf(error) };
}

function fieldsOf(error: Error): Record<string, unknown> {
  if (error instanceof HttpError) return { status: error.status, code: error.code, headers: error.headers };
  if (error instanceof SpanExistsError || error instanceof SpanRefusedError) return { spanId: error.spanId };
  if (error instanceof UnsupportedByStoreError) return { capability: error.capability };
  return {};
}

export function fromWireError({ name, message, stack, fields }: WireError): Error {
  const make = MAKERS[name];
  if (make !== undefined) return make(message, fields);
  const error = new Error(message);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}

const MAKERS: Readonly<Record<string, (message: string, fields: Readonly<Record<string, unknown>>) => Error>> = {
  HttpError: (message, { status, code, headers }) =>
    new HttpError(status as never, code as HttpErrorCode, message, headers as Record<string, string>),
  StoreBusyError: (message) => new StoreBusyError(message),
  StoreUnavailableError: (message) => new StoreUnavailableError(message),
  ReadTimeoutError: (message) => new ReadTimeoutError(message),
  BadCursorError: () => new BadCursorError(),
  SpanExistsError: (_, { spanId }) => new SpanExistsError(spanId as string),
  SpanRefusedError: (message, { spanId }) => new SpanRefusedError(spanId as string, message),
  WriteTooLargeError: (message) => new WriteTooLargeError(message),
  UnsupportedByStoreError: (_, { capability }) => new UnsupportedByStoreError(capability as StoreCapability),
};
