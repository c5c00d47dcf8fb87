import { expect, test } from "vitest";
import { nextTurn } from "./turns.ts";

test("of those that wait one goes on in each turn of the loop, the first one first", async () => {
  const order: string[] = [];
  let turn = 0;
  const count = setImmediate(function next() {
    turn += 1;
    if (turn < 20) setImmediate(next);
  });
  const work = async (name: string) => {
    for (let piece = 1; piece <= 3; piece++) {
      await nextTurn();
      order.push(`${name}${piece} in ${turn}`);
    }
  };
  await Promise.all([work("a"), work("b")]);
  clearImmediate(count);
  expect(order.map((text) => text.slice(0, 2))).toEqual(["a1", "b1", "a2", "b2", "a3", "b3"]);
  expect(new Set(order.map((text) => text.slice(3))).size).toBe(6);
});
