import { describe, expect, test } from "vitest";
import { kindOfKey, looksLikeToken } from "./credential-keys.ts";

describe("a property's name", () => {
  test.each([
    ["password", "credential"],
    ["dbPassword", "credential"],
    ["OPENAI_API_KEY", "credential"],
    ["x-auth--token", "credential"],
    ["Set-Cookie", "credential"],
    ["pwd", "credential"],
    ["token", "ambiguous"],
    ["nextPageToken", "ambiguous"],
    ["jwt", "ambiguous"],
    ["auth", "ambiguous"],
    ["max_tokens", "other"],
    ["password_hash_rounds", "other"],
    ["id", "other"],
    ["", "other"],
    [`${"a".repeat(56)}password`, "credential"],
    [`${"a".repeat(57)}password`, "other"],
  ])("%j is %s", (key, kind) => {
    expect(kindOfKey(key)).toBe(kind);
  });
});

describe("a value under a name that may be something else", () => {
  const token = "a1b2c3d4e5f6g7h8";
  test.each<[string, string, boolean]>([
    ["16 characters with letters and digits", token, true],
    ["15 of them", token.slice(1), false],
    ["8,192 of them", "a1".repeat(4_096), true],
    ["one more", `${"a1".repeat(4_096)}a`, false],
    ["letters alone", "abcdefghijklmnopqrst", false],
    ["digits alone", "1234567890123456", false],
    ["several words", `${token} ${token}`, false],
    ["a word after a space", ` ${token}`, false],
    ["a word before one", `${token} `, false],
    ["capitals and digits", "A1B2C3D4E5F6G7H8", true],
    ["digits and signs", "1234-5678-9012-3456", false],
  ])("%s", (_, text, expected) => {
    expect(looksLikeToken(text)).toBe(expected);
  });
});
