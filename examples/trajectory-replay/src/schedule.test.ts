import { describe, expect, test } from "vitest";
import { scheduleRun } from "./schedule.ts";
import type { Trajectory } from "./trajectory.ts";

function runOf(...createdSeconds: readonly number[]): Trajectory {
  const steps = createdSeconds.map((created, i) => ({
    historyLength: 2 * i,
    reply: { role: "assistant", content: "" },
    response: { id: `${i}`, model: "m", created, finishReason: undefined, usage: {} },
    costUsd: 0,
    observation: "",
  }));
  return { instanceId: "x", exitStatus: "Submitted", submission: "", agentVersion: undefined, messages: [], steps };
}

function inSeconds(trajectory: Trajectory) {
  const { start, end, steps } = scheduleRun(trajectory);
  const at = (date: Date) => date.getTime() / 1000;
  return [at(start), ...steps.map((step) => [step.modelStart, step.modelEnd, step.commandEnd].map(at)), at(end)];
}

describe("scheduleRun", () => {
  test("ends each model call when its reply was created and gives the command a fifth of the gap that follows", () => {
    expect(inSeconds(runOf(100, 110, 120))).toEqual([92, [92, 100, 102], [102, 110, 112], [112, 120, 122], 122]);
  });

  test("never lets a span end before it began, although the recorded clock steps back", () => {
    expect(inSeconds(runOf(100, 90, 110))).toEqual([92, [92, 100, 100], [100, 100, 102], [102, 110, 112], 112]);
  });

  test("gives a run of one step a length", () => {
    expect(inSeconds(runOf(100))).toEqual([96, [96, 100, 101], 101]);
  });
});
