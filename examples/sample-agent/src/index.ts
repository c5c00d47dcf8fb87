/** A small real agent, traced with Everspan: read `agent.ts` first. */
import { CollectorExporter, Tracer } from "everspan";
import { runAgent } from "./agent.ts";
import type { ChatCompletion, ChatRequest } from "./chat.ts";
import { SCRIPTED_MODEL, startScriptedModel } from "./scripted-model.ts";
import { createTools } from "./tools.ts";
import { openWorkspace } from "./workspace.ts";

export interface SampleRunOptions {
  /** Where the spans go, for example `http://127.0.0.1:4318`. */
  readonly collectorUrl: string;
  readonly token?: string;
  /** The folder to look at. Nothing outside it is read, and nothing is written. */
  readonly workspace: string;
}

export interface SampleRun {
  readonly traceId: string;
  /** Spans that the collector has confirmed: all of the run's. */
  readonly spans: number;
  readonly answer: string;
}

/**
 * Runs the agent once over `workspace` and delivers its trace.
 * @throws Error when the collector did not take every span
 */
export async function recordSampleRun(options: SampleRunOptions): Promise<SampleRun> {
  const { collectorUrl: url, token } = options;
  const tracer = new Tracer({
    service: { name: "sample-agent", version: "0.1.0" },
    exporters: [new CollectorExporter(token === undefined ? { url } : { url, token })],
  });
  const model = await startScriptedModel();
  try {
    const tools = createTools(await openWorkspace(options.workspace));
    const complete = (request: ChatRequest) => postChat(model.baseUrl, request);
    const task = "What is in this folder? Give me the figures that matter.";
    const run = await runAgent(task, { tracer, model: SCRIPTED_MODEL, complete, tools, maxSteps: 12 });
    return { ...run, spans: await deliver(tracer) };
  } finally {
    await Promise.all([tracer.shutdown({ timeoutMs: 10_000 }), model.close()]);
  }
}

/** A span is two records, its start and its end; a start whose end follows soon is folded into it (`coalesced`). */
async function deliver(tracer: Tracer): Promise<number> {
  const { ok, lanes } = await tracer.flush({ timeoutMs: 10_000 });
  const lane = Object.values(lanes)[0];
  if (!ok || lane === undefined)
    throw new Error(`The run was not delivered: ${lane?.lastError ?? "no answer in time"}`);
  return (lane.delivered + lane.coalesced) / 2;
}

async function postChat(baseUrl: string, request: ChatRequest): Promise<ChatCompletion> {
  const response = await fetch(`${baseUrl}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request),
  });
  if (!response.ok) throw new Error(`The model answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as ChatCompletion;
}
