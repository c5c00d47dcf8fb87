import { memberOf } from "../../recording/following/members.ts";
import type { Span } from "../../recording/span/span.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { Lane } from "./lane.ts";
import { type AgentMessage, type Block, blocksOf } from "./messages.ts";

interface ToolCall {
  readonly span: Span;
  readonly block: Block;
}

/** One `query()`: its messages, as they pass, become spans. Nothing here throws into the application by itself. */
export class AgentRun {
  readonly span: Span;
  readonly #tracer: Tracer;
  /** By the tool call that a sub-agent works for; the agent's own under the empty text. */
  readonly #lanes = new Map<string, Lane>();
  readonly #tools = new Map<string, ToolCall>();
  readonly #prompts: unknown[] = [];
  #isInterrupted = false;
  #hasResult = false;
  /** Requests that Claude Code has sent again. */
  #retries = 0;

  /** @param options as `query` was given them */
  constructor(tracer: Tracer, prompt: unknown, options: unknown) {
    this.#tracer = tracer;
    this.span = tracer.startSpan("claude agent", {
      type: "AGENT_WORKFLOW",
      ...(typeof prompt === "string" && { input: prompt }),
      data: continuationOf(options),
    });
    this.#lanes.set("", new Lane(tracer, this.span, typeof prompt === "string" ? prompt : undefined));
  }

  /** A message that the application sends in the course of the run. */
  prompted(message: AgentMessage): void {
    this.#prompts.push(message.message);
    this.span.input = { messages: [...this.#prompts] };
    this.#lanes.get("")?.told(message.message);
  }

  value(message: AgentMessage): void {
    switch (message.type) {
      case "assistant":
        this.#assistant(message);
        break;
      case "user":
        this.#user(message);
        break;
      case "stream_event":
        if (message.event !== undefined) this.#laneOf(message).streamed(message.event);
        break;
      case "system":
        this.#system(message);
        break;
      case "result":
        this.#result(message);
        break;
    }
  }

  /** The application asked the agent to stop: the error that it then ends with is none. */
  interrupted(): void {
    this.#isInterrupted = true;
  }

  failed(error: unknown): void {
    this.span.recordError(error);
    this.#end();
  }

  /** No message comes any more: the agent is done, or the application stopped reading. */
  over(): void {
    if (!this.#hasResult) this.span.status = "CANCELED";
    this.#end();
  }

  #assistant(message: AgentMessage): void {
    const lane = this.#laneOf(message);
    lane.piece(message.message ?? {}, message.request_id);
    for (const block of blocksOf(message.message?.content)) {
      if (block.type?.endsWith("tool_use") !== true || block.id === undefined || this.#tools.has(block.id)) continue;
      const span = this.#tracer.withSpan(lane.span, () =>
        this.#tracer.startSpan(block.name ?? "tool", {
          type: "CODE_EXECUTION",
          input: block.input,
          data: { toolCallId: block.id },
        }),
      );
      this.#tools.set(block.id, { span, block });
    }
  }

  #user(message: AgentMessage): void {
    // An acknowledgement of what the application has sent.
    if (message.isReplay === true) return;
    this.#laneOf(message).told(message.message);
    for (const { type, tool_use_id: id = "", content, is_error } of blocksOf(message.message?.content)) {
      const call = type?.endsWith("tool_result") ? this.#tools.get(id) : undefined;
      if (call === undefined) continue;
      // A sub-agent in the background goes on; its end is notified.
      if (Object(call.block.input).run_in_background !== true) this.#endSubAgent(id, content);
      call.span.output = content;
      if (is_error === true) call.span.recordError(withoutStack("ToolError", textOf(content)));
      call.span.end();
    }
  }

  #system(message: AgentMessage): void {
    switch (message.subtype) {
      case "init":
        this.span.setData({ sessionId: message.session_id, model: message.model });
        break;
      case "api_retry":
        this.#retried();
        break;
      case "compact_boundary":
        this.#laneOf(message).compacted();
        this.span.setData({ compacted: message.compact_metadata });
        break;
      case "task_notification":
        this.#endSubAgent(message.tool_use_id, message.summary, message.status);
        break;
    }
  }

  /** Nobody says whose request it was: with a sub-agent at work it may have been its. */
  #retried(): void {
    this.span.setData({ apiRetries: ++this.#retries });
    const isAlone = [...this.#lanes.values()].every(({ span }) => span === this.span || !span.isRecording);
    if (isAlone) this.#lanes.get("")!.retried();
  }

  #result(message: AgentMessage): void {
    this.#hasResult = true;
    this.#lanes.get("")?.endReply();
    this.span.output = message;
    if (message.is_error !== true && message.subtype === "success") return;
    if (this.#isInterrupted) this.span.status = "CANCELED";
    else this.span.recordError(withoutStack(message.subtype ?? "error", textOf(message.errors ?? message.result)));
  }

  /** A sub-agent begins with the first thing that it says. */
  #laneOf({ parent_tool_use_id: toolId }: AgentMessage): Lane {
    const known = this.#lanes.get(toolId ?? "");
    if (known !== undefined) return known;
    const call = this.#tools.get(toolId!);
    const input = Object(call?.block.input) as { subagent_type?: unknown; prompt?: unknown };
    const name = typeof input.subagent_type === "string" ? input.subagent_type : "sub-agent";
    const span = this.#tracer.withSpan(call?.span ?? this.span, () =>
      this.#tracer.startSpan(name, { type: "AGENT_WORKFLOW", input: input.prompt }),
    );
    const lane = new Lane(this.#tracer, span, input.prompt);
    this.#lanes.set(toolId!, lane);
    return lane;
  }

  #endSubAgent(toolId = "", output?: unknown, status?: string): void {
    const lane = toolId === "" ? undefined : this.#lanes.get(toolId);
    if (lane === undefined) return;
    lane.endReply();
    if (output !== undefined) lane.span.output = output;
    if (status === "failed") lane.span.recordError(withoutStack("SubAgentError", textOf(output)));
    if (status === "stopped") lane.span.status = "CANCELED";
    lane.span.end();
  }

  /** What is still open then was left behind by whoever stopped the run. */
  #end(): void {
    for (const lane of this.#lanes.values()) lane.endReply();
    const left = [...this.#tools.values(), ...this.#lanes.values()].filter(
      ({ span }) => span !== this.span && span.isRecording,
    );
    for (const { span } of left.reverse()) {
      span.status = "CANCELED";
      span.end();
    }
    this.span.end();
  }
}

/** What went before in a session that goes on is not told: that it did is. */
function continuationOf(options: unknown): Record<string, unknown> {
  const [resumes, forks] = [memberOf(options, "resume"), memberOf(options, "forkSession")];
  if (typeof resumes === "string") return { resumed: resumes, ...(forks === true && { forked: true }) };
  return memberOf(options, "continue") === true ? { resumed: "latest" } : {};
}

function withoutStack(name: string, message: string): Error {
  const error = Object.assign(new Error(message), { name });
  delete error.stack;
  return error;
}

/** The words of a tool's result, or of a run's errors. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  const parts = Array.isArray(content) ? content : [];
  return parts.map((part) => (typeof part === "string" ? part : (Object(part).text ?? ""))).join("\n");
}
