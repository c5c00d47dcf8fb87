import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { Secret } from "./secret.ts";

const KEY = "sk-0123456789";

test("a secret is its value in a header alone, and nothing wherever else it is printed", () => {
  const secret = new Secret(KEY).prefixed("Bearer ");
  expect(secret.reveal()).toBe(`Bearer ${KEY}`);
  expect([String(secret), JSON.stringify({ secret }), inspect({ secret })].join()).not.toContain("0123456789");
  expect([String(secret), JSON.stringify(secret), inspect(secret)]).toEqual([
    "[redacted]",
    '"[redacted]"',
    "[redacted]",
  ]);
});

test("a secret of a secret is the same, and an empty one is known as such", () => {
  const secret = new Secret(KEY);
  expect(Secret.of(secret)).toBe(secret);
  expect(Secret.of(KEY).reveal()).toBe(KEY);
  expect([new Secret("").isEmpty, secret.isEmpty, new Secret("", "Bearer ").isEmpty]).toEqual([true, false, true]);
});

describe("what a server echoes", () => {
  test.each<[what: string, value: string, text: string, redacted: string]>([
    ["the whole value", KEY, `bad ${KEY}, ${KEY}!`, "bad [redacted], [redacted]!"],
    ["nothing of it", KEY, "bad key", "bad key"],
    ["the key behind a scheme", `Bearer ${KEY}`, `bad ${KEY}`, "bad [redacted]"],
    ["the value with its scheme", `Bearer ${KEY}`, `bad Bearer ${KEY}`, "bad [redacted]"],
    ["the scheme alone", `Bearer ${KEY}`, "no Bearer", "no Bearer"],
    ["a long scheme alone", `Authorization ${KEY}`, "no Authorization", "no Authorization"],
    ["a name of a header", `x-api-secret-name=${KEY}`, "no x-api-secret-name", "no x-api-secret-name"],
    ["one of several parts", `Api-Key=${KEY}, other: "abcdefgh"`, `${KEY} abcdefgh`, "[redacted] [redacted]"],
    ["a part of eight characters", "scope x-y; 12345678", "12345678", "[redacted]"],
    ["a part of seven", "scope x-y; 1234567", "1234567", "1234567"],
    ["a value of six characters", "abcdef", "an abcdef", "an [redacted]"],
    ["a value of five", "abcde", "an abcde", "an abcde"],
    ["the pair of a Basic header", `Basic ${btoa("me:hunter22")}`, "me:hunter22", "[redacted]"],
    ["the password of a Basic header", ` basic ${btoa("me:hunter22")} `, "pass hunter22", "pass [redacted]"],
    ["a password with a colon", `Basic ${btoa("me:hunter:22")}`, "hunter:22", "[redacted]"],
    ["a short password of a Basic header", `Basic ${btoa("me:hunt")}`, "hunt me:hunt", "hunt [redacted]"],
    ["the user of a Basic header", `Basic ${btoa("someone:hunter22")}`, "no someone", "no someone"],
    ["a Basic header of more than one word", `Basic ${btoa("me:hunter22")} x`, "hunter22", "hunter22"],
  ])("has it taken out: %s", (_what, value, text, redacted) => {
    expect(new Secret(value).redactIn(text)).toBe(redacted);
    const again = new Secret(value, "Bearer ");
    expect([again.redactIn(text), again.redactIn(text)]).toEqual([redacted, redacted]);
  });
});
