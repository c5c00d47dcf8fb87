import { expect, test } from "vitest";
import { READERS } from "../dialects/index.ts";
import { readModelOutput } from "./payloads.ts";
import { mayBeReply, REPLY_NAMES } from "./reply-names.ts";

test("the list has every name that a reader asks an object for that no reader knows, and none looks through its names", () => {
  const asked = new Set<string>();
  const ask = (name: string | symbol) => {
    if (typeof name === "string") asked.add(name);
  };
  const stranger = new Proxy({ "a name of its own": { content: "x" } } as object, {
    get: (target, name) => {
      ask(name);
      return Reflect.get(target, name) as unknown;
    },
    has: (target, name) => {
      ask(name);
      return Reflect.has(target, name);
    },
    getOwnPropertyDescriptor: (target, name) => {
      ask(name);
      return Reflect.getOwnPropertyDescriptor(target, name);
    },
    ownKeys: () => {
      throw new Error("a reader looks through all names: a list of names is no longer enough");
    },
  });
  expect(READERS.nested.output(stranger)).toBeUndefined();
  expect([...asked].sort()).toEqual([...REPLY_NAMES].sort());
});

test("an object of the application's own is left as it is, and one that says a reply is read", () => {
  const own = { hits: 3, rows: [{ role: "assistant", content: "x" }] };
  expect(mayBeReply(own)).toBe(false);
  expect(readModelOutput(own)).toEqual({ kind: "unread", value: own });
  expect(readModelOutput({ hits: 3, answer: "x" })).toMatchObject({ kind: "read" });
  expect(readModelOutput({ value: own })).toMatchObject({ kind: "unread" });
});
