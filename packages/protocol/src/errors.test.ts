import { expect, test } from "vitest";
import { ERROR_CODES, EverspanError } from "./errors.ts";

test("an error carries its code, its message and its cause", () => {
  const cause = new Error("below");
  const error = new EverspanError("EVERSPAN_INVALID_OPTION", "queue.maxBytes must be positive, got -1", { cause });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ name: "EverspanError", code: "EVERSPAN_INVALID_OPTION", cause });
  expect(String(error)).toBe("EverspanError: queue.maxBytes must be positive, got -1");
});

test("every code has the prefix and one sentence", () => {
  for (const [code, sentence] of Object.entries(ERROR_CODES)) {
    expect(code).toMatch(/^EVERSPAN_[A-Z_]+$/);
    expect(sentence).toMatch(/^[A-Z].*\.$/);
  }
});
