/**
 * The stream of a task's messages as Agentex sends it (npm `agentex`: `TaskMessageUpdate`), typed by its shape: the package
 * is not imported. What is not known here passes through unread.
 */
export interface TaskMessageUpdate {
  readonly type?: "start" | "delta" | "full" | "done" | (string & {}) | undefined;
  /** Pairs the events of one message; without it they can't be paired and are passed over. */
  readonly index?: number | null | undefined;
  readonly content?: TaskMessageContent | null | undefined;
  readonly delta?: TaskMessageDelta | null | undefined;
}

export interface TaskMessageContent {
  readonly type?: string | undefined;
  readonly name?: string | undefined;
  readonly tool_call_id?: string | undefined;
  readonly arguments?: unknown;
  /** The result of a tool, or the texts of a reasoning. */
  readonly content?: unknown;
  readonly summary?: readonly string[] | null | undefined;
  readonly is_error?: boolean | null | undefined;
}

export interface TaskMessageDelta {
  readonly type?: string | undefined;
  readonly arguments_delta?: string | null | undefined;
  readonly content_delta?: string | null | undefined;
  readonly summary_delta?: string | null | undefined;
}
