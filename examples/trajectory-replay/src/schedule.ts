/**
 * When each span of a recorded run began and ended.
 *
 * A recording has one time for a step, the second in which the model's reply was `created`. That is taken as the end of
 * the model call. Between it and the next reply lie a shell command and the next model call; nothing says where one
 * ends and the other begins, so the command gets a fifth of the gap. (Commands that look at files take milliseconds;
 * the model takes seconds.) The run begins with the first model call and ends with the last command, for which the
 * median gap stands in.
 */
import type { Trajectory } from "./trajectory.ts";

export interface StepSchedule {
  readonly modelStart: Date;
  readonly modelEnd: Date;
  readonly commandEnd: Date;
}

export interface RunSchedule {
  readonly start: Date;
  readonly end: Date;
  readonly steps: readonly StepSchedule[];
}

const COMMAND_SHARE = 0.2;
/** For a run of one step, which has no gap. */
const DEFAULT_GAP_MS = 5_000;

export function scheduleRun(trajectory: Trajectory): RunSchedule {
  const replies = inOrder(trajectory.steps.map((step) => step.response.created * 1000));
  const gaps = replies.slice(1).map((time, i) => time - (replies[i] as number));
  const typicalGap = median(gaps) ?? DEFAULT_GAP_MS;
  let modelStart = (replies[0] as number) - Math.round(typicalGap * (1 - COMMAND_SHARE));
  const steps = replies.map((modelEnd, i) => {
    const commandEnd = modelEnd + Math.round((gaps[i] ?? typicalGap) * COMMAND_SHARE);
    const step = { modelStart: new Date(modelStart), modelEnd: new Date(modelEnd), commandEnd: new Date(commandEnd) };
    modelStart = commandEnd;
    return step;
  });
  const [first, last] = [steps[0] as StepSchedule, steps.at(-1) as StepSchedule];
  return { start: first.modelStart, end: last.commandEnd, steps };
}

/** Clocks step back; a span must not end before it began. */
function inOrder(times: readonly number[]): readonly number[] {
  let latest = Number.NEGATIVE_INFINITY;
  return times.map((time) => {
    latest = Math.max(latest, time);
    return latest;
  });
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
