import { expect, test } from "vitest";
import { Fields } from "../json/fields.ts";
import { firstTokenMs } from "./time-to-first-token.ts";

const START = "2026-01-31T12:00:00.000900Z";
const at = (instant: string) => new Fields({ "langfuse.observation.completion_start_time": `"${instant}"` });

test.each([
  ["2026-01-31T12:00:00.250Z", 249.1],
  // Whole milliseconds: the first token came in the same one as the start.
  ["2026-01-31T12:00:00.000Z", 0],
])("a first token at %s came after %d ms, and its field is taken", (instant, ms) => {
  const data = at(instant);
  expect(firstTokenMs(data, START)).toBe(ms);
  expect(data.rest()).toBeUndefined();
});

test("an instant before the start says nothing and stays", () => {
  const data = at("2026-01-31T11:59:59.999Z");
  expect(firstTokenMs(data, START)).toBeUndefined();
  expect(data.rest()).toBeDefined();
});
