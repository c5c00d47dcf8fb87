/** A line for each trace: what was asked, what came out, and the figures to judge it by. */
import { encodeJson, type StoredSpan } from "@everspan/protocol";
import type { SpanSource } from "./span-source.ts";

export async function* evaluationLine(source: SpanSource, traceId: string): AsyncGenerator<string> {
  const trace = await source.trace(traceId);
  if (trace === undefined) return;
  let root: StoredSpan | undefined;
  const tools: Record<string, number> = Object.create(null) as Record<string, number>;
  for await (const span of source.spans(traceId)) {
    // While the root is missing the earliest span stands for it, as in the list.
    if (root === undefined || (span.parentId === undefined && root.parentId !== undefined)) root = span;
    if (span.type === "CODE_EXECUTION") tools[span.name] = (tools[span.name] ?? 0) + 1;
  }
  const { name, status, durationMs, inputTokens, outputTokens, costUsd, models, session, user, tags, environment } =
    trace;
  const line = {
    id: traceId,
    input: root?.input ?? trace.asked,
    output: root?.output ?? trace.answered,
    metadata: {
      name,
      status,
      ...(root?.error !== undefined && { error: root.error }),
      startTime: trace.startTime,
      durationMs,
      spanCount: trace.spanCount,
      errorCount: trace.errorCount,
      inputTokens,
      outputTokens,
      costUsd,
      models,
      tools,
      session,
      user,
      tags,
      environment,
    },
  };
  yield `${encodeJson(line)}\n`;
}
