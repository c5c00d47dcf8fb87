import { describe, expect, test } from "vitest";
import { parseTrajectory, TrajectoryError } from "./trajectory.ts";

function reply(content: string, created: number, extra: object = {}) {
  const response = { id: `r${created}`, model: "m", created, usage: { prompt_tokens: 1, cost: 0.5 }, choices: [] };
  return { role: "assistant", content, extra: { response, ...extra } };
}

function trajectory(messages: readonly object[], rest: object = {}): string {
  const info = { exit_status: "Submitted", submission: "diff" };
  return JSON.stringify({ trajectory_format: "mini-swe-agent-1", instance_id: "run-1", info, messages, ...rest });
}

const asked = [
  { role: "system", content: "s" },
  { role: "user", content: "u" },
];

describe("parseTrajectory", () => {
  test("makes a step of each assistant message, with the history before it and the observation after it", () => {
    const observed = { role: "user", content: "o" };
    const { steps, messages } = parseTrajectory(trajectory([...asked, reply("a", 10), observed, reply("b", 20)]));
    expect(messages.map((message) => message.content)).toEqual(["s", "u", "a", "o", "b"]);
    expect(steps.map(({ historyLength, observation }) => ({ historyLength, observation }))).toEqual([
      { historyLength: 2, observation: "o" },
      { historyLength: 4, observation: undefined },
    ]);
  });

  test("takes the cost that the agent reckoned before the one that the gateway reported, and nothing as zero", () => {
    const costs = (messages: object[]) => parseTrajectory(trajectory(messages)).steps.map((step) => step.costUsd);
    expect(costs([reply("a", 1, { cost: 0.25 }), reply("b", 2)])).toEqual([0.25, 0.5]);
    const free = { ...reply("c", 3).extra.response, usage: {} };
    expect(costs([reply("c", 3, { response: free })])).toEqual([0]);
  });

  test.each([
    ["not JSON", "{", /expected the JSON of a mini-swe-agent-1 trajectory, but the text is not JSON/],
    ["a list", "[]", /the file: expected an object, but a list came/],
    ["another format", '{"trajectory_format":"x-2"}', /trajectory_format: expected "mini-swe-agent-1", but "x-2" came/],
    ["no format", '{"spans":[]}', /trajectory_format: expected "mini-swe-agent-1", but nothing came/],
    ["no reply", trajectory(asked), /messages: expected at least one assistant message, but none came/],
    [
      "a content that is no text",
      trajectory([{ role: "user", content: 7 }]),
      /messages\[0\]\.content: expected a text, but 7/,
    ],
    [
      "a reply without its response",
      trajectory([{ role: "assistant", content: "a" }]),
      /messages\[0\]\.extra: expected an object/,
    ],
  ])("says of %s what was expected and what came", (_, text, message) => {
    expect(() => parseTrajectory(text)).toThrow(TrajectoryError);
    expect(() => parseTrajectory(text)).toThrow(message);
  });
});
