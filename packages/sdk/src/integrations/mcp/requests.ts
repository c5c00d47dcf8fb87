import { memberOf } from "../../recording/following/members.ts";
import type { Span } from "../../recording/span/span.ts";
import type { SpanOptions } from "../../recording/span/span-options.ts";

/** A request of the Model Context Protocol, typed by its shape: no package of it is imported. */
export interface McpRequest {
  readonly method: string;
  readonly params?: {
    readonly name?: unknown;
    readonly uri?: unknown;
    readonly arguments?: unknown;
    readonly _meta?: Readonly<Record<string, unknown>> | undefined;
  };
}

export interface McpResult {
  readonly isError?: unknown;
  readonly content?: unknown;
}

/** What a request is as a span; undefined for those that are no work of an agent (`initialize`, lists, pings). */
export function describeRequest({ method, params }: McpRequest): { name: string; options: SpanOptions } | undefined {
  switch (method) {
    case "tools/call":
      return {
        name: text(params?.name) ?? "tool",
        options: { type: "CODE_EXECUTION", input: params?.arguments, data: { method } },
      };
    case "resources/read":
      return {
        name: text(params?.uri) ?? "resource",
        options: { type: "FILE_RETRIEVAL", input: { uri: params?.uri }, data: { method } },
      };
    case "prompts/get":
      return {
        name: text(params?.name) ?? "prompt",
        options: { type: "PROMPT_ENGINEERING", input: params?.arguments, data: { method } },
      };
    default:
      return undefined;
  }
}

/** The signal by which a request is given up, wherever among its arguments. */
export function signalOf(...args: readonly unknown[]): AbortSignal | undefined {
  return args.map((arg) => memberOf(arg, "signal")).find((signal) => signal instanceof AbortSignal);
}

/** What was given up ends with an error that says so in one of many ways. For who then throws it on. */
export function markGivenUp(span: Span, error: unknown, signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  span.recordError(error);
  span.status = "CANCELED";
  span.end();
}

/** A tool that fails answers with a result that says so; the request itself succeeds. */
export function markFailure(span: Span, result: unknown, signal: AbortSignal | undefined): void {
  const { isError, content } = (result ?? {}) as McpResult;
  if (isError !== true) return;
  const first = Array.isArray(content)
    ? (content.find((part) => part?.type === "text") as { text?: unknown })
    : undefined;
  const error = new Error(text(first?.text) ?? "the tool answered that it failed");
  error.name = "ToolError";
  delete error.stack;
  span.recordError(error);
  if (signal?.aborted === true) span.status = "CANCELED";
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
