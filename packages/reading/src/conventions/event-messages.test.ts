import { expect, test } from "vitest";
import { normalizeSpan } from "../span/normalize-span.ts";
import { readSpan } from "../span/read-span.ts";

const details = (more: object) => ({
  name: "gen_ai.client.inference.operation.details",
  attributes: {
    "gen_ai.system_instructions": [{ type: "text", content: "be brief" }],
    "gen_ai.input.messages": [{ role: "user", parts: [{ type: "text", content: "hi" }] }],
    "gen_ai.tool.definitions": [{ type: "function", name: "f", parameters: {} }],
    ...more,
  },
});
const attributes = { "gen_ai.operation.name": "chat", "gen_ai.request.model": "m" };

test("an event with a whole call gives its instructions and tools too", () => {
  const normalized = normalizeSpan({ name: "chat", attributes, events: [details(attributes)] });
  const { input, call } = readSpan({ name: "chat", type: "COMPLETION", ...normalized });
  expect(input).toMatchObject({
    kind: "read",
    value: {
      messages: [
        { role: "system", parts: [{ text: "be brief" }] },
        { role: "user", parts: [{ text: "hi" }] },
      ],
    },
  });
  expect(call.tools).toMatchObject([{ name: "f" }]);
  expect(normalized.takenEvents).toEqual([true]);
});

test("an event that says more than the span and its messages stays", () => {
  const events = [details({ "gen_ai.request.seed": 7 })];
  expect(normalizeSpan({ name: "chat", attributes, events }).takenEvents).toEqual([false]);
});
