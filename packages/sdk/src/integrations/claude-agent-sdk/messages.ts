/** The messages of `@anthropic-ai/claude-agent-sdk` as far as they are read here. */

export interface AgentMessage {
  readonly type: string;
  readonly subtype?: string;
  readonly session_id?: string;
  /** The tool call that the sub-agent which says this is the work of; null for the agent itself. */
  readonly parent_tool_use_id?: string | null;
  readonly request_id?: string;
  readonly message?: { readonly role?: string; readonly content?: unknown };
  /** Of a `user` message that the application sent itself. */
  readonly isReplay?: boolean;
  /** Of a `stream_event`. */
  readonly event?: StreamEvent;
  /** Of a notification about a sub-agent in the background. */
  readonly tool_use_id?: string;
  readonly status?: string;
  readonly summary?: string;
  readonly model?: string;
  readonly compact_metadata?: object;
  readonly is_error?: boolean;
  readonly result?: unknown;
  readonly errors?: readonly unknown[];
  readonly total_cost_usd?: number;
}

/** A reply of the model comes in pieces with the same id: one for each block of its content. */
export interface AssistantPiece {
  readonly id?: string;
  readonly model?: string;
  readonly content?: unknown;
  readonly stop_reason?: string | null;
  readonly usage?: object;
}

export interface StreamEvent {
  readonly type?: string;
  readonly message?: AssistantPiece;
  readonly delta?: { readonly stop_reason?: string | null };
  readonly usage?: object;
}

export interface Block {
  readonly type?: string;
  readonly id?: string;
  readonly name?: string;
  readonly input?: unknown;
  readonly tool_use_id?: string;
  readonly content?: unknown;
  readonly is_error?: boolean;
}

export function blocksOf(content: unknown): readonly Block[] {
  return Array.isArray(content) ? content.filter((block) => typeof block === "object" && block !== null) : [];
}
