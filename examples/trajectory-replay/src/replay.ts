/** Traces a recorded run as the agent itself would have been traced, with the recording's times and with stable ids. */
import type { Span, Trace, Tracer } from "everspan";
import { type RunIds, runIds } from "./run-ids.ts";
import { type StepSchedule, scheduleRun } from "./schedule.ts";
import { commandsIn, readObservation } from "./shell-step.ts";
import type { Trajectory, TrajectoryStep } from "./trajectory.ts";

export interface Replay {
  readonly traceId: string;
  /** Spans, each counted once: the run, and for each step a model call and the command it led to. */
  readonly spans: number;
}

export interface ReplayOptions {
  /** Awaited before each step: the place to hold back when more is recorded than delivered. */
  readonly beforeStep?: () => Promise<void>;
}

/** Records the run's spans with `tracer`; delivering them is the tracer's business. */
export async function replayTrajectory(
  tracer: Tracer,
  trajectory: Trajectory,
  options: ReplayOptions = {},
): Promise<Replay> {
  const ids = runIds(trajectory);
  const schedule = scheduleRun(trajectory);
  const trace = tracer.trace(ids.traceId);
  const run = startRun(trace, trajectory, ids, schedule.start);
  const steps = new StepReplay(trace, trajectory, ids, run.id);
  let spans = 1;
  for (const [index, times] of schedule.steps.entries()) {
    await options.beforeStep?.();
    spans += steps.replay(index, times);
  }
  endRun(run, trajectory, schedule.end);
  return { traceId: ids.traceId, spans };
}

function startRun(trace: Trace, trajectory: Trajectory, ids: RunIds, startTime: Date): Span {
  const task = trajectory.messages.find((message) => message.role === "user")?.content ?? "";
  return trace.startSpan(trajectory.instanceId, {
    id: ids.spanId("run"),
    type: "AGENT_WORKFLOW",
    startTime,
    input: { task },
    data: { agent: "mini-swe-agent", agent_version: trajectory.agentVersion, steps: trajectory.steps.length },
  });
}

function endRun(run: Span, trajectory: Trajectory, endTime: Date): void {
  const { exitStatus, submission } = trajectory;
  run.output = { exit_status: exitStatus, submission };
  if (exitStatus !== "Submitted") run.recordError(recordedError(exitStatus, "The run ended without a submission"));
  run.end(endTime);
}

class StepReplay {
  readonly #trace: Trace;
  readonly #trajectory: Trajectory;
  readonly #ids: RunIds;
  readonly #parentId: string;
  /** The conversation so far, grown in place as an agent's is; each model call is given all of it. */
  readonly #history: { role: string; content: string }[] = [];

  constructor(trace: Trace, trajectory: Trajectory, ids: RunIds, parentId: string) {
    this.#trace = trace;
    this.#trajectory = trajectory;
    this.#ids = ids;
    this.#parentId = parentId;
  }

  /** @returns how many spans the step has: 2, or 1 where the run ended with the model's reply */
  replay(index: number, times: StepSchedule): number {
    const step = this.#trajectory.steps[index] as TrajectoryStep;
    this.#history.push(...this.#trajectory.messages.slice(this.#history.length, step.historyLength));
    this.#replayModelCall(step, index + 1, times);
    if (step.observation === undefined) return 1;
    this.#replayCommand(step.reply.content, step.observation, index + 1, times);
    return 2;
  }

  #replayModelCall(step: TrajectoryStep, number: number, times: StepSchedule): void {
    const { id, model, usage, finishReason } = step.response;
    const call = this.#trace.startSpan("model call", {
      id: this.#ids.spanId(`step/${number}/model`),
      parentId: this.#parentId,
      type: "COMPLETION",
      startTime: times.modelStart,
      input: { messages: this.#history },
    });
    call.output = step.reply;
    call.setData({ step: number, model, usage, cost_usd: step.costUsd, response_id: id, finish_reason: finishReason });
    call.end(times.modelEnd);
  }

  /** A reply without exactly one command was refused by the agent: nothing ran, and the span carries the refusal. */
  #replayCommand(reply: string, observation: string, number: number, times: StepSchedule): void {
    const commands = commandsIn(reply);
    const [command] = commands;
    const isRefused = commands.length !== 1;
    const run = this.#trace.startSpan("bash", {
      id: this.#ids.spanId(`step/${number}/command`),
      parentId: this.#parentId,
      type: "CODE_EXECUTION",
      startTime: times.modelEnd,
      input: isRefused ? { commands } : { command },
      data: { step: number },
    });
    if (isRefused) run.recordError(recordedError("FormatError", observation));
    else run.output = readObservation(observation);
    run.end(times.commandEnd);
  }
}

/** An error of the recorded run. It has no stack: the replay's own would only mislead. */
function recordedError(type: string, message: string): Error {
  const error = new Error(message);
  error.name = type;
  delete error.stack;
  return error;
}
