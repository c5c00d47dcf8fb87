import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MemoryExporter } from "../../exporters/local/memory-exporter.ts";
import { Tracer } from "../../recording/tracer.ts";
import { everspanHandler } from "./handler.ts";

let memory: MemoryExporter;
let tracer: Tracer;
beforeEach(() => {
  memory = new MemoryExporter();
  tracer = new Tracer({ exporters: [memory] });
});
afterEach(() => tracer.shutdown());

const ROOT = "019aa000-0000-7000-8000-000000000001";
const INNER = "019aa000-0000-7000-8000-000000000002";
const recorded = async () => {
  await tracer.flush();
  return memory.spans();
};

describe("a chain's arguments are taken", () => {
  test.each([
    ["in the order in which they come", [ROOT, [], { node: 1 }, "chain", "inner"]],
    ["in the order that the package declares", ["chain", [], { node: 1 }, "inner", ROOT]],
  ])("%s", async (_, rest) => {
    const handler = everspanHandler({ tracer });
    handler.handleChainStart({ id: ["x", "Root"] }, { q: 1 }, ROOT);
    handler.handleChainStart({ id: ["x", "Inner"] }, { q: 2 }, INNER, ...rest);
    handler.handleChainEnd({ a: 2 }, INNER);
    handler.handleChainEnd({ a: 1 }, ROOT);
    const spans = await recorded();
    const root = spans.find(({ name }) => name === "Root");
    expect(spans.find(({ name }) => name === "inner")).toMatchObject({ parentId: root?.id, data: { node: 1 } });
  });
});

test("what only joins runs is no span, and what runs in it belongs to the run above", async () => {
  const handler = everspanHandler({ tracer });
  const deep = "019aa000-0000-7000-8000-000000000003";
  handler.handleChainStart({ id: ["Root"] }, {}, ROOT);
  handler.handleChainStart({ id: ["RunnableSequence"] }, {}, INNER, ROOT);
  handler.handleToolStart({ name: "search" }, '{"q":1}', deep, INNER);
  handler.handleToolEnd("found", deep);
  handler.handleChainEnd({}, INNER);
  handler.handleChainEnd({}, ROOT);
  const spans = await recorded();
  expect(spans.map(({ name }) => name).sort()).toEqual(["Root", "search"]);
  expect(spans.find(({ name }) => name === "search")?.parentId).toBe(spans.find(({ name }) => name === "Root")?.id);
});

test("nothing that LangChain hands over can throw into the run", () => {
  const handler = everspanHandler({ tracer });
  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error("hostile");
      },
    },
  ) as never;
  handler.handleChainStart(hostile, hostile, ROOT, hostile);
  handler.handleChatModelStart(hostile, hostile, INNER, ROOT, hostile);
  handler.handleLLMEnd(hostile, INNER);
  handler.handleChainError(hostile, ROOT);
  handler.handleToolEnd(hostile, "unknown");
});
