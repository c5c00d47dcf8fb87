import { describe, expect, test } from "vitest";
import { Secret } from "./secret.ts";
import { withoutSecrets } from "./without-secrets.ts";

const KEY = "sk-0123456789";

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
    expect(withoutSecrets(text, [new Secret(value)])).toBe(redacted);
    expect(withoutSecrets(text, [new Secret("unrelated"), new Secret(value, "Bearer ")])).toBe(redacted);
  });
});

test("of two credentials of which one is a part of the other, both are taken out whole", () => {
  const secrets = [new Secret("0123456789"), new Secret(KEY)];
  expect(withoutSecrets(`${KEY} 0123456789`, secrets)).toBe("[redacted] [redacted]");
  expect(withoutSecrets(KEY, [])).toBe(KEY);
});
