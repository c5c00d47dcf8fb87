import { expect, test } from "vitest";
import { deriveColumns } from "./derive-columns.ts";

const tool = (name: string) => ({ type: "function", function: { name } });

test("the preview of calls that were glued together names the first of them", () => {
  const call = { function: { name: "get_currentget_tomorrow", arguments: '{"city":"Bern"}{"city":"Rome"}' } };
  const columns = deriveColumns({
    name: "chat",
    type: "COMPLETION",
    input: { messages: [{ role: "user", content: "weather?" }], tools: [tool("get_current"), tool("get_tomorrow")] },
    output: { role: "assistant", content: null, tool_calls: [call] },
  });
  expect([columns.asked, columns.answered]).toEqual(["weather?", "→ get_current Bern"]);
});

test("a run has the name that its sender gives it", () => {
  const data = { "langfuse.trace.name": "nightly report" };
  expect(deriveColumns({ name: "root", type: "STANDALONE", data }).traceName).toBe("nightly report");
});
