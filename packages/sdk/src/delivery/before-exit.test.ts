import { expect, test } from "vitest";
import { canTellBeforeExit, nothingLingers, somethingLingers } from "./before-exit.ts";

const listeners = () => process.listenerCount("beforeExit");

test("all that linger are sent when the process has nothing left to do, with one listener while there are any", () => {
  expect(canTellBeforeExit).toBe(true);
  const before = listeners();
  const others = process.listeners("beforeExit");
  const sent: string[] = [];
  const [first, second] = ["first", "second"].map((name) => () => void sent.push(name));
  somethingLingers(first!);
  somethingLingers(second!);
  somethingLingers(second!);
  expect(listeners()).toBe(before + 1);
  const ours = process.listeners("beforeExit").find((listener) => !others.includes(listener))!;
  ours(0);
  expect(sent).toEqual(["first", "second"]);
  nothingLingers(first!);
  ours(0);
  expect(sent).toEqual(["first", "second", "second"]);
  expect(listeners()).toBe(before + 1);
  nothingLingers(second!);
  expect(listeners()).toBe(before);
  nothingLingers(second!);
  expect(listeners()).toBe(before);
});

test("to end what does not linger ends nothing of the others", () => {
  const before = listeners();
  const send = () => undefined;
  somethingLingers(send);
  nothingLingers(() => undefined);
  expect(listeners()).toBe(before + 1);
  nothingLingers(send);
  expect(listeners()).toBe(before);
});
