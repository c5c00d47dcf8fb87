import { beforeEach, expect, test } from "vitest";
import { RecordMemory } from "./record-memory.ts";
import { plainRecord } from "./testing/plain-record.ts";

let memory: RecordMemory;
beforeEach(() => {
  memory = new RecordMemory();
});

test("a name and the texts of an error weigh what they are long, and are given back", () => {
  const plain = plainRecord({});
  const record = plainRecord({
    name: "n".repeat(1000),
    error: { type: "Error", message: "m".repeat(2000), stack: "s".repeat(30_000) },
  });
  expect(record.bytes - plain.bytes).toBe(1000 - "span".length + 32_000);
  memory.hold(record);
  memory.hold(plain);
  expect(memory.bytes).toBe(record.bytes + plain.bytes);
  memory.release(record);
  memory.release(plain);
  expect(memory.bytes).toBe(0);
});

test("the texts of an error are shed to their beginnings, with their lengths, once", () => {
  const error = { type: "RateLimitError", message: "slow down ".repeat(100), stack: "at work ".repeat(2000) };
  const shed = memory.shed(plainRecord({ error }))!;
  expect(shed.error?.type).toBe("RateLimitError");
  expect(shed.error?.message).toMatch(/^slow down .*… \[Truncated: 1000 characters\]$/);
  expect(shed.error?.stack).toMatch(/^at work .*… \[Truncated: 16000 characters\]$/);
  expect(shed.bytes).toBeLessThan(2_000);
  expect(memory.shed(shed)).toBeUndefined();
});

test("an error without a long text stays as it is", () => {
  expect(memory.shed(plainRecord({ error: { type: "Error", message: "short" } }))).toBeUndefined();
});
