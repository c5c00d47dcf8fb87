/**
 * Reads a mini-swe-agent trajectory (`"trajectory_format": "mini-swe-agent-1"`): one recorded run of an agent that
 * asks a model for one shell command at a time and sends it the whole conversation at each step.
 */

export interface TrajectoryMessage {
  readonly role: string;
  readonly content: string;
}

export interface Trajectory {
  readonly instanceId: string;
  readonly exitStatus: string;
  /** What the agent handed in; empty when it did not get that far. */
  readonly submission: string;
  readonly agentVersion: string | undefined;
  readonly messages: readonly TrajectoryMessage[];
  readonly steps: readonly TrajectoryStep[];
}

/** One model call and what came of its reply. */
export interface TrajectoryStep {
  /** How many messages the model was sent: `messages.slice(0, historyLength)`. */
  readonly historyLength: number;
  readonly reply: TrajectoryMessage;
  readonly response: ModelResponse;
  readonly costUsd: number;
  /** What the agent told the model next; absent when the run ended with the reply. */
  readonly observation: string | undefined;
}

/** The provider's own account of a reply. */
export interface ModelResponse {
  readonly id: string;
  readonly model: string;
  /** Seconds since the epoch, whole. */
  readonly created: number;
  readonly finishReason: string | undefined;
  readonly usage: Record<string, unknown>;
}

/** A file is not what it should be. The message names the place, what was expected and what came. */
export class TrajectoryError extends Error {
  override readonly name = "TrajectoryError";
}

const FORMAT = "mini-swe-agent-1";

/** @throws TrajectoryError when `text` is no such trajectory */
export function parseTrajectory(text: string): Trajectory {
  const root = asObject(parseJson(text), "the file");
  const format = root.trajectory_format;
  if (format !== FORMAT) throw mismatch("trajectory_format", JSON.stringify(FORMAT), format);
  const info = asObject(root.info, "info");
  const entries = asList(root.messages, "messages").map((entry, i) => asObject(entry, `messages[${i}]`));
  const messages = entries.map((entry, i) => ({
    role: asText(entry.role, `messages[${i}].role`),
    content: asText(entry.content, `messages[${i}].content`),
  }));
  const steps = messages.flatMap((message, i) =>
    message.role === "assistant" ? [readStep(entries[i]?.extra, messages, i)] : [],
  );
  if (steps.length === 0) throw new TrajectoryError("messages: expected at least one assistant message, but none came");
  return {
    instanceId: asText(root.instance_id, "instance_id"),
    exitStatus: asText(info.exit_status, "info.exit_status"),
    submission: typeof info.submission === "string" ? info.submission : "",
    agentVersion: typeof info.mini_version === "string" ? info.mini_version : undefined,
    messages,
    steps,
  };
}

function readStep(extraField: unknown, messages: readonly TrajectoryMessage[], index: number): TrajectoryStep {
  const at = `messages[${index}].extra`;
  const extra = asObject(extraField, at);
  const response = asObject(extra.response, `${at}.response`);
  const usage = asObject(response.usage, `${at}.response.usage`);
  const choice = Array.isArray(response.choices) ? response.choices[0] : undefined;
  const next = messages[index + 1];
  return {
    historyLength: index,
    reply: messages[index] as TrajectoryMessage,
    response: {
      id: asText(response.id, `${at}.response.id`),
      model: asText(response.model, `${at}.response.model`),
      created: asNumber(response.created, `${at}.response.created`),
      finishReason: typeof choice?.finish_reason === "string" ? choice.finish_reason : undefined,
      usage,
    },
    costUsd: readCost(extra.cost, usage.cost),
    observation: next === undefined || next.role === "assistant" ? undefined : next.content,
  };
}

/** Some gateways report the cost in the usage; where they don't, the agent's own reckoning stands beside the response. */
function readCost(ofAgent: unknown, ofGateway: unknown): number {
  if (typeof ofAgent === "number") return ofAgent;
  return typeof ofGateway === "number" ? ofGateway : 0;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = `expected the JSON of a ${FORMAT} trajectory, but the text is not JSON: ${(cause as Error).message}`;
    throw new TrajectoryError(message, { cause });
  }
}

function asObject(value: unknown, at: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw mismatch(at, "an object", value);
  return value as Record<string, unknown>;
}

function asList(value: unknown, at: string): readonly unknown[] {
  if (!Array.isArray(value)) throw mismatch(at, "a list", value);
  return value;
}

function asText(value: unknown, at: string): string {
  if (typeof value !== "string") throw mismatch(at, "a text", value);
  return value;
}

function asNumber(value: unknown, at: string): number {
  if (typeof value !== "number") throw mismatch(at, "a number", value);
  return value;
}

function mismatch(at: string, expected: string, value: unknown): TrajectoryError {
  return new TrajectoryError(`${at}: expected ${expected}, but ${describe(value)} came`);
}

function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return JSON.stringify(value).slice(0, 80);
}
