import { afterEach, expect, test, vi } from "vitest";
import { stderrLogger } from "./logger.ts";

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
