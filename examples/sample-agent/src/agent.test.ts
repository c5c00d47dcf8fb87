import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryExporter, type SpanSnapshot, Tracer } from "everspan";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AgentRun, runAgent } from "./agent.ts";
import type { ChatCompletion, ChatRequest } from "./chat.ts";
import { SCRIPTED_MODEL, type ScriptedModel, startScriptedModel } from "./scripted-model.ts";
import { createTools } from "./tools.ts";
import { openWorkspace } from "./workspace.ts";

let folder: string;
let model: ScriptedModel;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "everspan-agent-"));
  model = await startScriptedModel();
});

afterEach(async () => {
  await model.close();
  await rm(folder, { recursive: true });
});

async function explore(maxSteps = 12): Promise<{ run: AgentRun | Error; spans: readonly SpanSnapshot[] }> {
  const memory = new MemoryExporter();
  const tracer = new Tracer({ exporters: [memory] });
  const complete = async (request: ChatRequest) => {
    const response = await fetch(`${model.baseUrl}/chat/completions`, {
      method: "POST",
      body: JSON.stringify(request),
    });
    return (await response.json()) as ChatCompletion;
  };
  const tools = createTools(await openWorkspace(folder));
  const options = { tracer, model: SCRIPTED_MODEL, complete, tools, maxSteps };
  const run = await runAgent("Look around", options).catch((error: Error) => error);
  await tracer.shutdown();
  return { run, spans: memory.spans().toSorted((a, b) => (a.startTime < b.startTime ? -1 : 1)) };
}

test("the agent looks, errs once, recovers, and answers with numbers that its tools gave", async () => {
  await writeFile(join(folder, "README.md"), "# Notes on lighthouses\n\nA lighthouse has a lamp.\n");
  await writeFile(join(folder, "lamps.txt"), "lamp\n".repeat(50));
  const { run, spans } = await explore();
  expect((run as AgentRun).answer).toBe(
    'I saw 2 files, 299 bytes together; the largest is lamps.txt with 250 bytes. "lighthouses" occurs in 1 line of 1 file. ' +
      "README.md has 3 lines, lamps.txt has 50 lines.",
  );
  const tools = spans.filter((span) => span.type !== "COMPLETION" && span.parentId !== undefined);
  expect(tools.map((span) => [span.name, span.status])).toEqual([
    ["list_files", "OK"],
    ["read_file", "ERROR"],
    ["read_file", "OK"],
    ["search_text", "OK"],
    ["count_lines", "OK"],
    ["count_lines", "OK"],
  ]);
  expect(tools[1]?.error).toMatchObject({
    type: "WorkspaceError",
    message: "There is no file docs/overview.md in this folder",
  });
});

test("every step hangs under the run, and a model call shows the whole conversation, the reply, usage and cost", async () => {
  await writeFile(join(folder, "a.txt"), "alpha");
  const { spans } = await explore();
  const [root] = spans.filter((span) => span.parentId === undefined);
  expect(root).toMatchObject({ type: "AGENT_WORKFLOW", name: "explore-folder", input: { task: "Look around" } });
  expect(new Set(spans.filter((span) => span !== root).map((span) => span.parentId))).toEqual(new Set([root?.id]));
  const calls = spans.filter((span) => span.type === "COMPLETION");
  expect(calls.map((call) => (call.input as ChatRequest).messages.length)).toEqual([2, 4, 6, 8, 10, 12]);
  for (const { data, output } of calls) {
    expect(output).toMatchObject({ role: "assistant" });
    expect(data).toMatchObject({ model: "scripted-1", usage: { total_tokens: expect.any(Number) } });
    expect(data?.cost_usd).toBeGreaterThan(0);
  }
});

test("an empty folder is no reason to fail", async () => {
  expect((await explore()).run).toMatchObject({ answer: "The folder has no files that I can see." });
});

test("a run that finds no answer in its steps ends with an error, on the run's span too", async () => {
  await writeFile(join(folder, "a.txt"), "alpha");
  const { run, spans } = await explore(2);
  expect(run).toEqual(new Error("No answer after 2 model calls"));
  expect(spans.find((span) => span.parentId === undefined)?.status).toBe("ERROR");
});
