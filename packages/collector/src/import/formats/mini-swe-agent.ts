/**
 * Trajectories of mini-swe-agent: one run a file. Each step is a model call with the whole history before it and the
 * command that it asked for.
 */
import { formatTimestamp, type SpanSnapshot } from "@everspan/protocol";
import { derivedSpanId, derivedTraceId } from "../derived-id.ts";
import {
  type ImportFormat,
  isRecord,
  type JsonRecord,
  kindOf,
  listAt,
  textAt,
  type UnitSpans,
} from "../import-format.ts";

export const miniSweAgentFormat: ImportFormat = {
  name: "mini-swe-agent trajectory",
  looks: '{"trajectory_format": "mini-swe-agent-1", "info", "messages": […]}',
  recognises: (value, { under }) =>
    under === undefined &&
    Array.isArray(value.messages) &&
    (String(value.trajectory_format).startsWith("mini-swe-agent") ||
      (isRecord(value.info) && "exit_status" in value.info)),
  open: ({ name }) => ({
    hasMemory: false,
    read: (value) =>
      isRecord(value) ? readTrajectory(value, name) : { snapshots: [], problems: ["it must be an object"] },
  }),
};

interface Entry {
  readonly role: string;
  readonly content: unknown;
  readonly extra: JsonRecord;
  /** When the reply was begun, and when the message was there; microseconds since 1970. */
  readonly createdMicros: number | undefined;
  readonly atMicros: number | undefined;
}

function readTrajectory(value: JsonRecord, file: string): UnitSpans {
  const entries: Entry[] = [];
  for (const [index, message] of listAt(value, "messages").entries()) {
    if (!isRecord(message) || typeof message.role !== "string") {
      return {
        snapshots: [],
        problems: [`messages[${index}].role must be a text, got ${kindOf(isRecord(message) ? message.role : message)}`],
      };
    }
    const extra = isRecord(message.extra) ? message.extra : {};
    const response = isRecord(extra.response) ? extra.response : {};
    const { role, content } = message;
    entries.push({ role, content, extra, createdMicros: micros(response.created), atMicros: micros(extra.timestamp) });
  }
  const times = entries
    .flatMap(({ createdMicros, atMicros }) => [createdMicros, atMicros])
    .filter((time) => time !== undefined);
  if (!entries.some(({ role }) => role === "assistant")) {
    return { snapshots: [], problems: ["messages: expected at least one of an assistant, there is none"] };
  }
  if (times.length === 0) {
    return {
      snapshots: [],
      problems: ["messages: expected a time in extra.response.created or extra.timestamp, none has one"],
    };
  }
  return { snapshots: new Run(value, entries, file, Math.min(...times)).spans() };
}

/** Seconds since 1970. */
function micros(value: unknown): number | undefined {
  return typeof value === "number" && value > 0 && value < 1e11 ? Math.round(value * 1e6) : undefined;
}

class Run {
  readonly #value: JsonRecord;
  readonly #entries: readonly Entry[];
  readonly #name: string;
  readonly #traceId: string;
  readonly #rootId: string;
  readonly #version: string | undefined;
  readonly #startMicros: number;
  #nowMicros: number;

  constructor(value: JsonRecord, entries: readonly Entry[], file: string, startMicros: number) {
    this.#value = value;
    this.#entries = entries;
    this.#name = textAt(value, "instance_id") ?? file.replace(/(\.traj)?\.json(\.gz)?$/, "");
    const first = entries.find(({ role }) => role === "assistant")!;
    const identity = isRecord(first.extra.response) ? textAt(first.extra.response, "id") : undefined;
    this.#traceId = derivedTraceId("mini-swe-agent", this.#name, identity ?? JSON.stringify(first.content));
    this.#rootId = derivedSpanId(this.#traceId, "root");
    this.#version = textAt(value.info, "mini_version");
    this.#startMicros = startMicros;
    this.#nowMicros = startMicros;
  }

  spans(): SpanSnapshot[] {
    const spans: SpanSnapshot[] = [];
    for (const [index, entry] of this.#entries.entries()) {
      if (entry.role === "assistant") spans.push(this.#modelCall(index, entry), ...this.#commands(index, entry));
    }
    return [this.#root(), ...spans];
  }

  #modelCall(index: number, { content, extra, createdMicros, atMicros }: Entry): SpanSnapshot {
    const start = Math.max(createdMicros ?? this.#nowMicros, this.#startMicros);
    const next = this.#entries.slice(index + 1).find(({ role }) => role === "assistant");
    // Without a time of the reply itself, it was there when the next was begun.
    this.#nowMicros = Math.max(start, atMicros ?? next?.createdMicros ?? start);
    const response = isRecord(extra.response) ? extra.response : undefined;
    const model = textAt(response, "model") ?? this.#model();
    const messages = this.#entries.slice(0, index).map((entry) => ({ role: entry.role, content: entry.content }));
    return this.#span(index, "call", {
      name: model ?? "model",
      type: "COMPLETION",
      start,
      input: { ...(model !== undefined && { model }), messages },
      output: response ?? { role: "assistant", content },
      ...(typeof extra.cost === "number" && response === undefined && { data: { cost_usd: extra.cost } }),
    });
  }

  /** Each command with the message that tells what came of it. */
  #commands(index: number, { content, extra }: Entry): SpanSnapshot[] {
    const answers = this.#entries.slice(index + 1);
    const end = answers.findIndex(({ role }) => role === "assistant");
    const observations = end === -1 ? answers : answers.slice(0, end);
    const actions = listAt(extra, "actions").map((action) => textAt(action, "command") ?? textAt(action, "action"));
    const commands = actions.length > 0 ? actions : [blockOf(content)];
    return commands.flatMap((command, place) => {
      const observation = observations[place];
      if (command === undefined || observation === undefined) return [];
      const start = this.#nowMicros;
      this.#nowMicros = Math.max(start, observation.atMicros ?? start);
      return this.#span(index, `command ${place}`, {
        name: "bash",
        type: "CODE_EXECUTION",
        start,
        input: { command },
        output: observation.content,
        ...(Object.keys(observation.extra).length > 0 && { data: { extra: observation.extra } }),
      });
    });
  }

  #root(): SpanSnapshot {
    const info = isRecord(this.#value.info) ? this.#value.info : {};
    const exit = textAt(info, "exit_status");
    const hasFailed = exit !== undefined && exit !== "Submitted";
    const submission = textAt(info, "submission");
    const { messages: _messages, ...rest } = this.#value;
    const task = this.#entries.find(({ role }) => role === "user");
    const all = this.#entries.flatMap(({ createdMicros, atMicros }) => [createdMicros ?? 0, atMicros ?? 0]);
    return {
      phase: "ended",
      revision: 2,
      traceId: this.#traceId,
      id: this.#rootId,
      name: this.#name,
      type: "AGENT_WORKFLOW",
      startTime: formatTimestamp(this.#startMicros),
      endTime: formatTimestamp(Math.max(...all, this.#startMicros)),
      status: hasFailed ? "ERROR" : "OK",
      ...(hasFailed && { error: { type: exit, message: submission ?? "" } }),
      input: { messages: task === undefined ? [] : [{ role: "user", content: task.content }] },
      ...(submission !== undefined && { output: submission }),
      data: rest,
      service: this.#service(),
    };
  }

  #span(
    index: number,
    what: string,
    { start, ...fields }: Pick<SpanSnapshot, "name" | "type" | "input" | "output" | "data"> & { start: number },
  ): SpanSnapshot {
    return {
      phase: "ended",
      revision: 2,
      traceId: this.#traceId,
      id: derivedSpanId(this.#traceId, index, what),
      parentId: this.#rootId,
      startTime: formatTimestamp(start),
      endTime: formatTimestamp(this.#nowMicros),
      status: "OK",
      ...fields,
      service: this.#service(),
    };
  }

  #model(): string | undefined {
    const { config } = isRecord(this.#value.info) ? this.#value.info : {};
    return textAt(isRecord(config) ? config.model : undefined, "model_name");
  }

  #service(): NonNullable<SpanSnapshot["service"]> {
    return { name: "mini-swe-agent", ...(this.#version !== undefined && { version: this.#version }) };
  }
}

const FENCE = /```(?:bash|mswea_bash_command)[^\S\n]*\n/;

/** The one command of a reply, in a fenced block: a fence that is not closed has none, nor has one behind it. */
function blockOf(content: unknown): string | undefined {
  if (typeof content !== "string") return undefined;
  const fence = FENCE.exec(content);
  if (fence === null) return undefined;
  const from = fence.index + fence[0].length;
  const end = content.indexOf("\n```", from);
  return end === -1 ? undefined : content.slice(from, end).trim();
}
