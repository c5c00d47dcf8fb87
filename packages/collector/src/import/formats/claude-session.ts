/** One session of Claude Code, followed line by line: which line belongs to which call, turn and agent. */
import { formatTimestamp, parseTimestamp, type SpanSnapshot } from "@everspan/protocol";
import { derivedSpanId } from "../derived-id.ts";
import { isRecord, type JsonRecord, textAt, type UnitSpans } from "../import-format.ts";

interface Message {
  readonly role: string;
  readonly content: unknown;
}

/** A model call: its reply comes in several lines, a part each. */
interface Call {
  readonly key: string;
  readonly startTime: string;
  readonly history: readonly Message[];
  readonly parentId: string;
  endTime: string;
  lines: number;
  content: unknown[];
  message: JsonRecord;
  isApiError: boolean;
}

interface OpenTool {
  readonly name: string;
  readonly input: unknown;
  readonly startTime: string;
  readonly parentId: string;
}

interface Turn {
  readonly id: string;
  readonly startTime: string;
  readonly prompt: unknown;
  endTime: string;
  lines: number;
  calls: number;
  answer: string | undefined;
}

/** The conversation of the session itself, or of an agent that it started. */
interface Lane {
  readonly key: string;
  history: Message[];
  lastTime: string;
  startTime: string;
  call: Call | undefined;
  turn: Turn | undefined;
  prompt: unknown;
  answer: string | undefined;
  lines: number;
  calls: number;
  readonly tools: Map<string, OpenTool>;
}

const MAIN = "main";
/** Above the number of any started span; more lines of a span make it newer. */
const FIRST_REVISION = 2;

export class ClaudeSession {
  readonly #id: string;
  readonly #rootId: string;
  readonly #lanes = new Map<string, Lane>();
  /** Which lane a line of an agent without a name belongs to, by the line before it. */
  readonly #laneOfLine = new Map<string, string>();
  /** Tools that start an agent, by what they tell it: older sessions name nothing else. */
  readonly #spanOfPrompt = new Map<string, string>();
  #facts: JsonRecord = {};

  constructor(id: string) {
    this.#id = id;
    this.#rootId = derivedSpanId(id, "session");
  }

  /** The history was folded: what follows begins anew. */
  forget(): void {
    const main = this.#lanes.get(MAIN);
    if (main !== undefined) main.history = [];
  }

  read(line: JsonRecord): UnitSpans {
    const micros = parseTimestamp(line.timestamp as string);
    if (micros === undefined) return { snapshots: [], problems: ["timestamp must be an instant in ISO 8601"] };
    const time = formatTimestamp(micros);
    this.#remember(line);
    const lane = this.#laneOf(line, time);
    lane.lines += 1;
    const spans = line.type === "assistant" ? this.#readReply(lane, line, time) : this.#readUser(lane, line, time);
    if (time > lane.lastTime) lane.lastTime = time;
    return { snapshots: spans };
  }

  /** What is open at the end of the file, and what spans it all. */
  end(): SpanSnapshot[] {
    const spans: SpanSnapshot[] = [];
    for (const lane of this.#lanes.values()) {
      spans.push(...this.#endCall(lane));
      for (const [callId, tool] of lane.tools) {
        // What starts an agent gets its id from the agent, which only the result names.
        if (textAt(tool.input, "prompt") === undefined) spans.push(this.#tool(lane, callId, tool, undefined));
      }
      spans.push(...this.#endTurn(lane));
      if (lane.calls > 0) spans.push(lane.key === MAIN ? this.#root(lane) : this.#agent(lane));
    }
    return spans;
  }

  #remember(line: JsonRecord): void {
    const { cwd, gitBranch, version } = line;
    for (const [name, value] of Object.entries({ cwd, gitBranch, version })) {
      if (typeof value === "string" && this.#facts[name] === undefined) this.#facts = { ...this.#facts, [name]: value };
    }
  }

  #laneOf(line: JsonRecord, time: string): Lane {
    const { agentId, uuid, parentUuid } = line;
    let key = MAIN;
    if (typeof agentId === "string") key = agentId;
    else if (line.isSidechain === true) {
      const known = typeof parentUuid === "string" ? this.#laneOfLine.get(parentUuid) : undefined;
      key = known ?? `chain ${String(uuid)}`;
      if (typeof uuid === "string") this.#laneOfLine.set(uuid, key);
    }
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = {
        key,
        history: [],
        lastTime: time,
        startTime: time,
        call: undefined,
        turn: undefined,
        prompt: undefined,
        answer: undefined,
        lines: 0,
        calls: 0,
        tools: new Map(),
      };
      this.#lanes.set(key, lane);
    }
    return lane;
  }

  #readReply(lane: Lane, line: JsonRecord, time: string): SpanSnapshot[] {
    const message = line.message as JsonRecord;
    const key = textAt(message, "id") ?? textAt(line, "requestId", "uuid") ?? `line ${lane.lines}`;
    const isNext = lane.call?.key !== key;
    const spans = isNext ? this.#endCall(lane) : [];
    if (isNext) {
      lane.call = {
        key,
        startTime: lane.lastTime,
        history: lane.history,
        parentId: this.#parentOf(lane),
        endTime: time,
        lines: 0,
        content: [],
        message,
        isApiError: line.isApiErrorMessage === true,
      };
      lane.calls += 1;
      if (lane.turn !== undefined) lane.turn.calls += 1;
    }
    const call = lane.call!;
    call.lines += 1;
    call.message = message;
    if (time > call.endTime) call.endTime = time;
    const parts = partsOf(message.content);
    call.content.push(...parts);
    for (const part of parts) this.#takePart(lane, part, time);
    if (lane.turn !== undefined) this.#extend(lane.turn, time);
    return spans;
  }

  #takePart(lane: Lane, part: unknown, time: string): void {
    if (!isRecord(part)) return;
    if (part.type === "text" && typeof part.text === "string" && part.text.trim() !== "") {
      lane.answer = part.text;
      if (lane.turn !== undefined) lane.turn.answer = part.text;
    }
    if (part.type !== "tool_use" || typeof part.id !== "string") return;
    const name = textAt(part, "name") ?? "tool";
    lane.tools.set(part.id, { name, input: part.input, startTime: time, parentId: this.#parentOf(lane) });
    const prompt = textAt(part.input, "prompt");
    if (prompt !== undefined) this.#spanOfPrompt.set(prompt, derivedSpanId(this.#id, "tool", part.id));
  }

  #readUser(lane: Lane, line: JsonRecord, time: string): SpanSnapshot[] {
    const { content, role = "user" } = line.message as JsonRecord;
    const results = (Array.isArray(content) ? content : []).filter(
      (part): part is JsonRecord => isRecord(part) && part.type === "tool_result",
    );
    const spans = this.#endCall(lane);
    for (const result of results) spans.push(...this.#endTool(lane, result, line, time));
    const isPrompt = results.length === 0 && line.isMeta !== true && line.isCompactSummary !== true;
    if (isPrompt) spans.push(...this.#startTurn(lane, line, content, time));
    else if (lane.turn !== undefined) this.#extend(lane.turn, time);
    const message = { role: String(role), content };
    lane.history = line.isCompactSummary === true ? [message] : [...lane.history, message];
    return spans;
  }

  #startTurn(lane: Lane, line: JsonRecord, prompt: unknown, time: string): SpanSnapshot[] {
    lane.prompt ??= prompt;
    // An agent has one task: what it is told on the way is no turn of its own.
    if (lane.key !== MAIN) return [];
    const spans = this.#endTurn(lane);
    const id = derivedSpanId(this.#id, "turn", textAt(line, "uuid") ?? time);
    lane.turn = { id, startTime: time, prompt, endTime: time, lines: 1, calls: 0, answer: undefined };
    return spans;
  }

  #extend(turn: Turn, time: string): void {
    turn.lines += 1;
    if (time > turn.endTime) turn.endTime = time;
  }

  #endCall(lane: Lane): SpanSnapshot[] {
    const { call } = lane;
    if (call === undefined) return [];
    lane.call = undefined;
    const { id: responseId, model, stop_reason, stop_sequence, usage } = call.message;
    lane.history = [...lane.history, { role: "assistant", content: call.content }];
    const name = typeof model === "string" ? model : "model";
    const error = call.isApiError ? { type: "ApiError", message: wordsOf(call.content) } : undefined;
    return [
      this.#span({
        id: derivedSpanId(this.#id, lane.key, "call", call.key),
        parentId: call.parentId,
        name,
        type: "COMPLETION",
        startTime: call.startTime,
        endTime: call.endTime,
        revision: FIRST_REVISION + call.lines,
        input: { ...(error === undefined && { model: name }), messages: call.history },
        output: {
          id: responseId,
          type: "message",
          role: "assistant",
          model,
          content: call.content,
          stop_reason,
          stop_sequence,
          usage,
        },
        ...(error !== undefined && { status: "ERROR", error }),
      }),
    ];
  }

  #endTool(lane: Lane, result: JsonRecord, line: JsonRecord, time: string): SpanSnapshot[] {
    const callId = String(result.tool_use_id);
    const tool = lane.tools.get(callId);
    // A result without its call: the call was in a file before this one.
    if (tool === undefined) return [];
    lane.tools.delete(callId);
    return [
      this.#tool(lane, callId, tool, {
        content: result.content,
        isError: result.is_error === true,
        more: line.toolUseResult,
        time,
      }),
    ];
  }

  #tool(
    lane: Lane,
    callId: string,
    { name, input, startTime, parentId }: OpenTool,
    end: { content: unknown; isError: boolean; more: unknown; time: string } | undefined,
  ): SpanSnapshot {
    const agentId = textAt(end?.more, "agentId");
    // The agent's own file knows its name alone: both files make the same id of it.
    const id = agentId === undefined ? derivedSpanId(this.#id, "tool", callId) : this.#starterOf(agentId);
    return this.#span({
      id,
      parentId,
      name,
      type: "CODE_EXECUTION",
      startTime,
      ...(end !== undefined && { endTime: end.time < startTime ? startTime : end.time }),
      revision: FIRST_REVISION,
      input,
      ...(end !== undefined && { output: end.content }),
      ...(end?.isError === true && { status: "ERROR", error: { type: "ToolError", message: wordsOf(end.content) } }),
      data: {
        "gen_ai.tool.call.id": callId,
        ...(end?.more !== undefined && end.more !== null && { toolUseResult: end.more }),
        ...(lane.key !== MAIN && { agentId: lane.key }),
      },
    });
  }

  #endTurn(lane: Lane): SpanSnapshot[] {
    const { turn } = lane;
    lane.turn = undefined;
    // Commands of the program itself ask no model.
    if (turn === undefined || turn.calls === 0) return [];
    const { id, startTime, endTime, prompt, answer, lines } = turn;
    return [
      this.#span({
        id,
        parentId: this.#rootId,
        name: "turn",
        type: "AGENT_WORKFLOW",
        startTime,
        endTime,
        revision: FIRST_REVISION + lines,
        input: { messages: [{ role: "user", content: prompt }] },
        ...(answer !== undefined && { output: answer }),
      }),
    ];
  }

  #root(lane: Lane): SpanSnapshot {
    return this.#span({
      id: this.#rootId,
      name: "Claude Code",
      type: "AGENT_WORKFLOW",
      startTime: lane.startTime,
      endTime: lane.lastTime,
      revision: FIRST_REVISION + lane.lines,
      input: { messages: [{ role: "user", content: lane.prompt }] },
      ...(lane.answer !== undefined && { output: lane.answer }),
      data: this.#facts,
    });
  }

  #agent(lane: Lane): SpanSnapshot {
    const isNamed = !lane.key.startsWith("chain ");
    const parentId = isNamed
      ? this.#starterOf(lane.key)
      : (this.#spanOfPrompt.get(wordsOf(lane.prompt)) ?? this.#rootId);
    return this.#span({
      id: this.#agentId(lane),
      parentId,
      name: "agent",
      type: "AGENT_WORKFLOW",
      startTime: lane.startTime,
      endTime: lane.lastTime,
      revision: FIRST_REVISION + lane.lines,
      input: { messages: [{ role: "user", content: lane.prompt }] },
      ...(lane.answer !== undefined && { output: lane.answer }),
      ...(isNamed && { data: { agentId: lane.key } }),
    });
  }

  #parentOf(lane: Lane): string {
    return lane.key === MAIN ? (lane.turn?.id ?? this.#rootId) : this.#agentId(lane);
  }

  #agentId(lane: Lane): string {
    return derivedSpanId(this.#id, "agent", lane.key);
  }

  /** The tool that started this agent. */
  #starterOf(agentId: string): string {
    return derivedSpanId(this.#id, "starts", agentId);
  }

  #span(
    fields: Omit<SpanSnapshot, "phase" | "traceId" | "status"> & { readonly status?: SpanSnapshot["status"] },
  ): SpanSnapshot {
    const { version } = this.#facts;
    return {
      status: "OK",
      ...fields,
      phase: fields.endTime === undefined ? "started" : "ended",
      traceId: this.#id,
      taskId: this.#id,
      service: { name: "claude-code", ...(typeof version === "string" && { version }) },
    };
  }
}

function partsOf(content: unknown): readonly unknown[] {
  return Array.isArray(content) ? content : [{ type: "text", text: String(content ?? "") }];
}

/** All that is said in a message's content. */
function wordsOf(content: unknown): string {
  if (typeof content === "string") return content;
  const parts = Array.isArray(content) ? content : [];
  return parts.flatMap((part) => textAt(part, "text") ?? []).join("\n");
}
