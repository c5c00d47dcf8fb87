import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { sliceTurn } from "./slice-turns.ts";

describe("turns for slices", () => {
  test("one slice runs in each turn of the event loop, in the order of asking", async () => {
    let turn = 0;
    const given: [name: string, turn: number][] = [];
    const asked = ["a", "b", "c"].map(async (name) => {
      await sliceTurn();
      given.push([name, turn]);
    });
    while (given.length < asked.length) {
      await nextTurn();
      turn += 1;
    }
    await Promise.all(asked);
    expect(given.map(([name]) => name)).toEqual(["a", "b", "c"]);
    expect(new Set(given.map(([, when]) => when)).size).toBe(3);
  });

  test("who asks again during a slice waits for those who asked before", async () => {
    const given: string[] = [];
    const twice = async (name: string) => {
      await sliceTurn();
      given.push(name);
      await sliceTurn();
      given.push(name);
    };
    await Promise.all([twice("a"), twice("b")]);
    expect(given).toEqual(["a", "b", "a", "b"]);
  });
});
