/**
 * The agent: ask the model, do what it asks for, tell it what came out, until it answers. Everything that
 * concerns tracing is the three calls of `span`; take them away and the same agent is left.
 */
import type { Tracer } from "everspan";
import type { AssistantMessage, ChatCompletion, ChatMessage, ChatRequest, ToolCall } from "./chat.ts";
import type { Tool } from "./tools.ts";

export interface AgentOptions {
  readonly tracer: Tracer;
  readonly model: string;
  readonly complete: (request: ChatRequest) => Promise<ChatCompletion>;
  readonly tools: readonly Tool[];
  /** The run ends with an error after this many model calls. */
  readonly maxSteps: number;
}

export interface AgentRun {
  readonly traceId: string;
  readonly answer: string;
}

const SYSTEM_PROMPT =
  "You explore a folder and describe it in a few sentences. Look before you speak: every number in your answer comes from a tool.";

/** US dollars for a million tokens. The scripted model costs nothing; these make the example's figures worth reading. */
const PRICE_PER_MILLION = { input: 0.5, output: 2 };

export async function runAgent(task: string, options: AgentOptions): Promise<AgentRun> {
  const trace = options.tracer.startTrace();
  const answer = await trace.span("explore-folder", { type: "AGENT_WORKFLOW", input: { task } }, () =>
    converse(task, options),
  );
  return { traceId: trace.id, answer };
}

async function converse(task: string, options: AgentOptions): Promise<string> {
  const messages: ChatMessage[] = [
    { role: "system", content: SYSTEM_PROMPT },
    { role: "user", content: task },
  ];
  for (let step = 0; step < options.maxSteps; step++) {
    const reply = await callModel(messages, options);
    messages.push(reply);
    if (reply.tool_calls === undefined) return reply.content ?? "";
    for (const call of reply.tool_calls) {
      messages.push({ role: "tool", tool_call_id: call.id, content: await callTool(call, options) });
    }
  }
  throw new Error(`No answer after ${options.maxSteps} model calls`);
}

/** One model call is one COMPLETION span: the conversation as it was sent, the reply (returned, hence the output), usage, cost. */
function callModel(messages: readonly ChatMessage[], options: AgentOptions): Promise<AssistantMessage> {
  const tools = options.tools.map((tool) => tool.definition);
  return options.tracer.span("chat", { type: "COMPLETION", input: { messages, tools } }, async (span) => {
    const completion = await options.complete({ model: options.model, messages, tools });
    const { usage, model } = completion;
    const costUsd =
      (usage.prompt_tokens * PRICE_PER_MILLION.input + usage.completion_tokens * PRICE_PER_MILLION.output) / 1e6;
    span.setData({ model, usage, cost_usd: costUsd });
    const reply = completion.choices[0]?.message;
    if (reply === undefined) throw new Error("The model answered without a message");
    return reply;
  });
}

/** A tool that fails is no end of the run: its span carries the error, and the model is told and may try another way. */
async function callTool(call: ToolCall, options: AgentOptions): Promise<string> {
  const name = call.function.name;
  const tool = options.tools.find((candidate) => candidate.definition.function.name === name);
  try {
    const input: Record<string, unknown> = JSON.parse(call.function.arguments);
    const output = await options.tracer.span(name, { type: tool?.type ?? "CUSTOM", input }, () => {
      if (tool === undefined) throw new Error(`There is no tool named ${name}`);
      return tool.run(input);
    });
    return JSON.stringify(output);
  } catch (error) {
    return JSON.stringify({ error: error instanceof Error ? error.message : String(error) });
  }
}
