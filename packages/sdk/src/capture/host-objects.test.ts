import { describe, expect, test } from "vitest";
import { hostObject } from "./host-objects.ts";

class Vault {
  #secret = 1;
  open() {
    return this.#secret;
  }
}
const like = (fields: object) => Object.assign(new Vault(), fields);
const none = () => undefined;
/** An instance of a class with this name. */
const named = (name: unknown) => {
  class Some {}
  Object.defineProperty(Some, "name", { value: name });
  return new Some();
};

describe("an object whose content is in no property", () => {
  test.each<[string, object]>([
    ["AbortController", new AbortController()],
    ["ReadableStream", new ReadableStream()],
    ["WritableStream", new WritableStream()],
    ["TransformStream", new TransformStream()],
    ["Generator", (function* () {})()],
    ["AsyncGenerator", (async function* () {})()],
    ["MessagePort", Object.create({ [Symbol.toStringTag]: "MessagePort" })],
    ["CryptoKey", Object.create({ [Symbol.toStringTag]: "CryptoKey" })],
  ])("is called by what it is: %s", (tag, value) => {
    expect(hostObject(value)).toBe(`[${tag}]`);
  });

  test.each<[string, object, string | undefined]>([
    ["a stream", like({ pipe: none, on: none }), "[Vault: stream]"],
    ["what can only pipe", like({ pipe: none }), undefined],
    ["what can only be listened to", like({ on: none }), undefined],
    // biome-ignore lint/suspicious/noThenProperty: a query builder is one
    ["a thenable", like({ then: none }), "[Vault: thenable]"],
    // biome-ignore lint/suspicious/noThenProperty: a record of a plan may have one
    ["a `then` that is data", like({ then: "later" }), undefined],
    ["a class that shows nothing", new Vault(), "[Vault]"],
    ["one that says itself what it is", like({ toJSON: none }), undefined],
    ["a class without a name", named(""), "[Object]"],
    ["a class whose name is no text", named(7), "[Object]"],
    ["a class of a long name", named("N".repeat(200)), `[${"N".repeat(128)}]`],
    ["no prototype", Object.create(null), undefined],
    ["an ordinary object", { a: 1 }, undefined],
    ["what only claims to be headers", Object.create({ [Symbol.toStringTag]: "Headers", x: 1 }), undefined],
  ])("%s", (_, value, expected) => {
    expect(hostObject(value)).toBe(expected);
  });
});
