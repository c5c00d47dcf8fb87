/** What a captured span must read to, and the words in which the tables of the conventions say it. */
import type { NormalCall } from "./normal-form.ts";

export interface Difference {
  readonly field: keyof NormalCall;
  /** The value that stands instead; a function makes it of the provider's own. */
  readonly value: unknown;
  readonly because: string;
}

export interface ExpectedSpan {
  readonly name: string;
  /** Name of the parent; absent: a root, or a parent that is not in the capture. */
  readonly parent?: string;
  readonly type: string;
  /** Default OK. */
  readonly status?: "ERROR";
  readonly error?: unknown;
  readonly session?: string;
  readonly user?: string;
  readonly tags?: readonly string[];
  readonly environment?: string;
  readonly release?: string;
  readonly agent?: string;
  readonly model?: string;
  /** A model call: the recording that it must equal, and in what it may not. */
  readonly call?: string;
  readonly differences?: readonly Difference[];
  readonly tool?: unknown;
  readonly embeddings?: unknown;
  /** Input tokens and output tokens, of a span that is compared with no recording. */
  readonly tokens?: readonly [number | undefined, number | undefined];
  /** US dollars, where the sender says them; else they follow from the tokens and the model. */
  readonly costUsd?: number;
  /** What the form says was asked and answered, of a span that is compared with no recording. */
  readonly asked?: unknown;
  readonly answered?: unknown;
}

export interface ExpectedTrace {
  readonly name: string;
  /** What the run counts, each call once whatever its layers. */
  readonly tokens: readonly [number, number];
  /** US dollars; default the sum of its calls'. */
  readonly costUsd?: number;
  readonly spans: readonly ExpectedSpan[];
}
export const differs = (field: keyof NormalCall, value: unknown, because: string): Difference => ({
  field,
  value,
  because,
});

export const askedModel = (model: string) =>
  differs("model", model, "of a stream it names the model that was asked, not the one that answered");

export const ITS_OWN_QUESTION = "the program asked for itself; only the reply is the recording's";

/** A run of one span. */
export const one = (span: ExpectedSpan, tokens: readonly [number, number]): ExpectedTrace => ({
  name: span.name,
  tokens,
  spans: [span],
});

export function text(role: string, words: string): unknown {
  return { role, parts: [{ kind: "text", text: words }] };
}

export function result(callId: string, name: string, words: string): unknown {
  return { kind: "toolResult", callId, name, content: [{ kind: "text", text: words }], isError: false };
}

export type ExpectedTraces = Readonly<Record<string, ExpectedTrace>>;
