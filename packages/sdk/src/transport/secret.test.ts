import { inspect } from "node:util";
import { expect, test } from "vitest";
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
