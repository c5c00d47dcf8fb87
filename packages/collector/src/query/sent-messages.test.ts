import type { SentMessagesResponse } from "@everspan/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CollectorFixture, sgpItem } from "../testing/collector-fixture.ts";

let fixture: CollectorFixture;
beforeAll(async () => {
  fixture = await CollectorFixture.start();
  const said = (role: string, content: string) => ({ role, content });
  const history = [said("system", "Be brief."), said("user", "Where is my refund?")];
  const tools = [{ type: "function", function: { name: "look_up", parameters: { type: "object" } } }];
  const call = (id: string, second: number, input: unknown) =>
    sgpItem({ id, trace_id: "t", type: "COMPLETION", input, start_timestamp: `2026-01-31T12:00:00.00${second}Z` });
  const items = [
    call("one", 1, { messages: history }),
    call("two", 2, { messages: [...history, said("assistant", "Let me look.")], tools }),
    call("odd", 3, { nobody: "reads this" }),
    sgpItem({ id: "tool", trace_id: "t", type: "CODE_EXECUTION", input: { messages: history } }),
  ];
  await fixture.send("PUT", "/v5/spans/batch", { items });
});
afterAll(() => fixture.stop());

test("each message of a conversation stands once, each call says which of them it was sent", async () => {
  const answer = await fixture.get("/api/traces/t/messages");
  const { messages, calls, nextCursor } = (await answer.json()) as SentMessagesResponse;
  expect(messages.map(({ role, characters }) => [role, characters])).toEqual([
    ["system", 9],
    ["user", 19],
    ["assistant", 12],
  ]);
  expect(calls.map(({ spanId, sent, toolsHash }) => [spanId, sent, toolsHash !== null])).toEqual([
    ["one", [0, 1], false],
    ["two", [0, 1, 2], true],
  ]);
  expect(nextCursor).toBeNull();
});

test("an unknown trace and a cursor that is none are refused", async () => {
  expect((await fixture.get("/api/traces/unknown/messages")).status).toBe(404);
  expect((await fixture.get("/api/traces/t/messages?cursor=nonsense")).status).toBe(400);
});
