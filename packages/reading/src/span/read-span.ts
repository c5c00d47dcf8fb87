import { isOmittedPayload } from "@everspan/protocol";
import type { ModelInput, ModelOutput, ToolDefinition } from "../form/payloads.ts";
import { NONE, type Reading, read, unread } from "../form/reading.ts";
import type { AgentStep, ModelCall, SpanKind, SpanReading } from "../form/span-reading.ts";
import { defined, Fields } from "../json/fields.ts";
import { asRecord, isEmpty, type JsonRecord, own, textAt } from "../json/json-record.ts";
import { readModelInput, readModelOutput, unwrapped } from "../messages/payloads.ts";
import { takeTools } from "../messages/read-input.ts";
import { mergeUsages } from "../usage/merge-usage.ts";
import { readUsage } from "../usage/read-usage.ts";
import { READER_VERSION } from "../version.ts";
import { type Facts, metadataOf, ownNames, readFacts } from "./read-facts.ts";
import { takeFailure } from "./read-failure.ts";
import { takeParameters } from "./read-parameters.ts";
import { readRetrieval } from "./read-retrieval.ts";
import { readTool } from "./read-tool.ts";
import type { ReadableSpan } from "./readable-span.ts";
import { spanKindOf } from "./span-kind.ts";
import { splitGluedCalls } from "./split-glued-calls.ts";
import { firstTokenMs } from "./time-to-first-token.ts";

/**
 * A span of any dialect in the words of one form. Never throws; linear in the size of the span.
 * @param withData whether what is left of its data is wanted too
 */
export function readSpan(span: ReadableSpan, withData = true): SpanReading {
  const kind = spanKindOf(span);
  const data = new Fields(asRecord(span.data) ?? {});
  const input = readPayload(kind, span.input, readModelInput);
  const output = readReply(kind, span.output, input);
  const facts = readFacts(data);
  const request = valueIn(input);
  const reply = withBody(valueIn(output), data);
  const call = modelCall(request, reply, facts, data, span.startTime);
  const tool = kind === "tool" ? readTool(span, facts) : undefined;
  const retrieval =
    kind === "retrieval" ? readRetrieval(known(span.input), known(span.output), facts.values.query) : undefined;
  const failure = takeFailure(data);
  const otel = otelFields(data);
  const metadata = metadataOf(data);
  return {
    version: READER_VERSION,
    kind,
    input,
    output,
    call,
    tags: facts.tags,
    ...defined({
      usage: usageOf(reply, facts, span, kind),
      tool,
      retrieval,
      agent: agentOf(kind, span, facts),
      traceName: facts.values.traceName,
      session: span.taskId ?? facts.values.session ?? textAt(metadata, "session_id", "thread_id", "conversation_id"),
      user: facts.values.user ?? textAt(metadata, "user_id"),
      environment: facts.values.environment ?? textAt(otel, "deployment.environment.name", "deployment.environment"),
      release: facts.values.release ?? span.service?.version ?? textAt(otel, "service.version"),
      error: span.error ?? failure ?? reply?.error,
      data: withData ? ownNames(data.rest()) : undefined,
    }),
  };
}

function valueIn<T>(reading: Reading<T>): T | undefined {
  return reading.kind === "read" ? reading.value : undefined;
}

function known(payload: unknown): unknown {
  return isOmittedPayload(payload) ? undefined : unwrapped(payload);
}

/** A payload that need not be a conversation: only messages are read there, never a mere text. */
function readPayload<T extends ModelInput | ModelOutput>(
  kind: SpanKind,
  payload: unknown,
  reader: (payload: unknown) => Reading<T>,
): Reading<T> {
  const value = known(payload);
  if (isEmpty(value)) return NONE;
  if (kind === "model" || kind === "embedding" || kind === "agent") return reader(value);
  return kind !== "other" || typeof value === "string" ? unread(payload) : reader(value);
}

function readReply(kind: SpanKind, payload: unknown, input: Reading<ModelInput>): Reading<ModelOutput> {
  const output = readPayload(kind, payload, readModelOutput);
  if (output.kind !== "read" || input.kind !== "read") return output;
  return read({ ...output.value, messages: splitGluedCalls(output.value.messages, input.value.tools) });
}

/** The provider's own body wins over what an instrumentation made of it. */
function usageOf(reply: ModelOutput | undefined, facts: Facts, span: ReadableSpan, kind: SpanKind) {
  const ofOutput = kind === "tool" ? undefined : readUsage(asRecord(known(span.output))?.usage);
  return mergeUsages([reply?.usage ?? ofOutput, ...facts.usages]);
}

/** A provider's reply that stands beside the payloads (Mastra's steps) tells what the payload left out. */
function withBody(reply: ModelOutput | undefined, data: Fields): ModelOutput | undefined {
  const body = asRecord(data.peek("body"));
  const found = body === undefined ? undefined : valueIn(readModelOutput(body));
  if (found === undefined) return reply;
  const { model, responseId, usage } = found;
  return { messages: [], ...defined({ model, responseId, usage }), ...reply };
}

function modelCall(
  request: ModelInput | undefined,
  reply: ModelOutput | undefined,
  facts: Facts,
  data: Fields,
  startTime: string | undefined,
): ModelCall {
  const { values } = facts;
  return defined({
    provider: values.provider,
    requestModel: values.requestModel ?? request?.model,
    responseModel: reply?.model ?? values.responseModel,
    responseId: reply?.responseId ?? values.responseId,
    finishReason: values.finishReason ?? reply?.finishReason ?? finishOf(reply),
    timeToFirstTokenMs: firstTokenMs(data, startTime),
    parameters: takeParameters(data, request?.parameters),
    tools: request?.tools ?? toolsBeside(data),
  });
}

/** Tools that stand under a name of their own, where the messages came as events. */
function toolsBeside(data: Fields): readonly ToolDefinition[] | undefined {
  const tools = takeTools(data, "gen_ai.tool.definitions");
  return tools.length === 0 ? undefined : tools;
}

/** A reply of messages alone says it in them. */
function finishOf(reply: ModelOutput | undefined): string | undefined {
  return reply?.messages.findLast(({ finishReason }) => finishReason !== undefined)?.finishReason;
}

function agentOf(kind: SpanKind, span: ReadableSpan, { values }: Facts): AgentStep | undefined {
  const name = values.agentName ?? span.service?.agentName ?? (kind === "agent" ? span.name : undefined);
  const id = values.agentId ?? span.service?.agentId;
  const handoffTo =
    textAt(asRecord(span.data), "handoff_to", "to_agent") ?? textAt(asRecord(known(span.output)), "to_agent");
  const step = defined({ name, id, handoffTo });
  return Object.keys(step).length === 0 ? undefined : step;
}

/** What OpenTelemetry says of the process, where the decoder keeps it. */
function otelFields(data: Fields): JsonRecord | undefined {
  const otel = asRecord(data.peek("__otel__"));
  const resource = asRecord(own(otel, "resource"));
  return asRecord(own(resource, "attributes")) ?? resource;
}
