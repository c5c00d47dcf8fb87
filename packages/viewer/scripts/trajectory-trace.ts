/** A recorded mini-swe-agent run as the trace it would have made, when the recordings lie beside the repository. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { StoredSpan } from "@everspan/protocol";
import { spanAt } from "../src/testing/draw-trace.ts";
import type { FixtureTrace } from "../src/testing/fixture-traces.ts";
import { summarize } from "../src/testing/summarize.ts";

interface RecordedMessage {
  readonly role: string;
  readonly content: string;
  readonly extra?: {
    readonly response: { readonly model: string; readonly created: number; readonly usage: RecordedUsage };
  };
}
interface RecordedUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly cost?: number;
}

/** The recording has one time a step; the model gets most of it. */
const MODEL_SHARE = 0.85;

/** @returns undefined when the recordings are not there */
export function trajectoryTrace(traceId: string, file = "psf__requests-1142"): FixtureTrace | undefined {
  const path = fileURLToPath(new URL(`../../../../shared/data/trajectories/${file}.traj.json`, import.meta.url));
  if (!existsSync(path)) return undefined;
  const { messages } = JSON.parse(readFileSync(path, "utf8")) as { messages: readonly RecordedMessage[] };
  const history = messages.map(({ role, content }) => ({ role, content }));
  const replies = messages.flatMap((message, index) =>
    message.extra === undefined ? [] : [{ index, ...message.extra.response }],
  );
  const firstCreated = replies[0]?.created ?? 0;
  const spans: StoredSpan[] = replies.flatMap((reply, step): StoredSpan[] => {
    const startMs = (reply.created - firstCreated) * 1000;
    const stepMs = ((replies[step + 1]?.created ?? reply.created + 8) - reply.created) * 1000;
    const modelEndMs = startMs + stepMs * MODEL_SHARE;
    const common = { traceId, parentId: "run" };
    const model: StoredSpan = {
      ...spanAt(`model-${step}`, startMs, modelEndMs),
      ...common,
      name: "chat",
      type: "COMPLETION",
      model: reply.model,
      inputTokens: reply.usage.prompt_tokens,
      outputTokens: reply.usage.completion_tokens,
      costUsd: reply.usage.cost ?? 0,
      input: { messages: history.slice(0, reply.index) },
      output: history[reply.index]!.content,
    };
    const command = /```bash\n([\s\S]*?)\n```/.exec(history[reply.index]!.content)?.[1] ?? "";
    const tool: StoredSpan = {
      ...spanAt(`tool-${step}`, modelEndMs, startMs + stepMs),
      ...common,
      name: "bash",
      type: "CODE_EXECUTION",
      input: { command },
      output: history[reply.index + 1]?.content ?? "",
    };
    return [model, tool];
  });
  const endMs = ((replies.at(-1)?.created ?? 0) + 8 - firstCreated) * 1000;
  const run: StoredSpan = { ...spanAt("run", 0, endMs), traceId, name: file, type: "AGENT_WORKFLOW" };
  return { summary: { ...summarize(traceId, [run, ...spans]), service: "mini-swe-agent" }, spans: [run, ...spans] };
}
