import type { JsonRecord } from "../json/json-record.ts";
import type { ModelInput, ModelOutput, ReadError, ToolDefinition } from "./payloads.ts";
import type { Reading } from "./reading.ts";
import type { Usage } from "./usage.ts";

export type SpanKind = "model" | "embedding" | "tool" | "retrieval" | "agent" | "other";

/** All that a span says, in the words of one form. */
export interface SpanReading {
  readonly version: number;
  readonly kind: SpanKind;
  /** The messages that went in. Of a tool or a retrieval: `none` or `unread`, what it was given is in `tool`. */
  readonly input: Reading<ModelInput>;
  readonly output: Reading<ModelOutput>;
  readonly call: ModelCall;
  readonly usage?: Usage;
  readonly tool?: ToolCall;
  readonly retrieval?: Retrieval;
  readonly agent?: AgentStep;
  /** The name that the sender gives the whole run. */
  readonly traceName?: string;
  readonly session?: string;
  readonly user?: string;
  readonly tags: readonly string[];
  readonly environment?: string;
  readonly release?: string;
  /** The span's own error, or what the payloads say of a failure. */
  readonly error?: ReadError;
  /** What of `data` no reader took. */
  readonly data?: JsonRecord;
}

/** What is known of a model call beside its messages. */
export interface ModelCall {
  readonly provider?: string;
  readonly requestModel?: string;
  readonly responseModel?: string;
  readonly responseId?: string;
  readonly finishReason?: string;
  readonly timeToFirstTokenMs?: number;
  readonly parameters?: JsonRecord;
  readonly tools?: readonly ToolDefinition[];
}

export interface ToolCall {
  readonly name: string;
  readonly callId: string | null;
  readonly arguments: unknown;
  readonly result: unknown;
  readonly isError: boolean;
}

export interface Retrieval {
  readonly query: unknown;
  readonly documents: readonly RetrievedDocument[];
}

export interface RetrievedDocument {
  readonly id: string | null;
  readonly content: string | null;
  readonly score: number | null;
  readonly rest?: JsonRecord;
}

export interface AgentStep {
  readonly name?: string;
  readonly id?: string;
  readonly handoffTo?: string;
}
