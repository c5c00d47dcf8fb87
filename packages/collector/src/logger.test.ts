import { afterEach, expect, test, vi } from "vitest";
import { jsonLogger, stderrLogger } from "./logger.ts";

afterEach(() => vi.restoreAllMocks());

test("X25 each event is one line, and no control character reaches the terminal", () => {
  const written: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => written.push(String(text)) > 0);
  const hostile = "name\r\nerror: forged\u001b[2J\u0000\u009b31m\u0007 end";
  stderrLogger.info(hostile);
  stderrLogger.warn(hostile);
  stderrLogger.error(hostile);
  expect(written).toHaveLength(3);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be absent
  for (const line of written) expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  for (const line of written) expect(line.endsWith(" end\n")).toBe(true);
});

test("in JSON each event is one object, whose message is what was said", () => {
  const written: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => written.push(String(text)) > 0);
  const hostile = 'first\n{"level":"error"}\u001b[2J';
  jsonLogger.info(hostile);
  jsonLogger.warn("w");
  jsonLogger.error("e");
  const events = written.map((line) => JSON.parse(line) as { time: string; level: string; message: string });
  expect(events.map(({ level, message }) => [level, message])).toEqual([
    ["info", hostile],
    ["warn", "w"],
    ["error", "e"],
  ]);
  expect(written.every((line) => line.endsWith("}\n") && line.indexOf("\n") === line.length - 1)).toBe(true);
  for (const { time } of events) expect(new Date(time).toISOString()).toBe(time);
});
