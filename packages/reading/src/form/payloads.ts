import type { JsonRecord } from "../json/json-record.ts";
import type { Message } from "./message.ts";
import type { Usage } from "./usage.ts";

/** What a model was asked: a request's body, a framework's messages, a prompt. */
export interface ModelInput {
  /** System texts that stand beside the messages come first. */
  readonly messages: readonly Message[];
  readonly model?: string;
  readonly tools?: readonly ToolDefinition[];
  /** All else that the request says: temperature, limits, response format, … */
  readonly parameters?: JsonRecord;
}

/** What it answered. */
export interface ModelOutput {
  readonly messages: readonly Message[];
  readonly model?: string;
  readonly responseId?: string;
  readonly finishReason?: string;
  readonly usage?: Usage;
  readonly embeddings?: Embeddings;
  /** The reply says that the call failed. */
  readonly error?: ReadError;
  /** All else that the reply says. */
  readonly rest?: JsonRecord;
}

export interface ToolDefinition {
  readonly name: string;
  readonly description?: string;
  /** JSON Schema, as it came. */
  readonly parameters?: unknown;
  readonly rest?: JsonRecord;
}

export interface Embeddings {
  readonly count: number;
  readonly dimensions: number | null;
  /** The vectors as they came. */
  readonly vectors: unknown;
}

export interface ReadError {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
}
