import { isOmittedPayload, type SpanSnapshot } from "@everspan/protocol";
import type { ModelInput, ModelOutput } from "../form/payloads.ts";
import { NONE, type Reading, unread } from "../form/reading.ts";
import type { ModelCall, SpanKind, SpanReading } from "../form/span-reading.ts";
import { defined, Fields } from "../json/fields.ts";
import { asRecord, isEmpty } from "../json/json-record.ts";
import { readModelInput, readModelOutput, unwrapped } from "../messages/payloads.ts";
import { readUsage } from "../usage/read-usage.ts";
import { READER_VERSION } from "../version.ts";
import { readTool } from "./read-tool.ts";
import { spanKindOf } from "./span-kind.ts";

/** What reading needs of a span, stored or on its way. */
export type ReadableSpan = Pick<SpanSnapshot, "name" | "type"> &
  Partial<Pick<SpanSnapshot, "input" | "output" | "data" | "error" | "status" | "taskId">>;

/** A span of any dialect in the words of one form. Never throws; linear in the size of the span. */
export function readSpan(span: ReadableSpan): SpanReading {
  const kind = spanKindOf(span);
  const data = new Fields(asRecord(span.data) ?? {});
  const input = isConversation(kind) ? readModelInput(payloadOf(span.input)) : plain(kind, span.input, readModelInput);
  const output = isConversation(kind)
    ? readModelOutput(payloadOf(span.output))
    : plain(kind, span.output, readModelOutput);
  const usage = (output.kind === "read" ? output.value.usage : undefined) ?? readUsage(data.take("usage"));
  const call = modelCall(input, output);
  const tool = kind === "tool" ? readTool(span) : undefined;
  const error = span.error ?? (output.kind === "read" ? output.value.error : undefined);
  return {
    version: READER_VERSION,
    kind,
    input,
    output,
    call,
    tags: [],
    ...defined({ usage, tool, session: span.taskId, error, data: data.rest() }),
  };
}

function isConversation(kind: SpanKind): boolean {
  return kind === "model" || kind === "agent";
}

function payloadOf(payload: unknown): unknown {
  return isOmittedPayload(payload) ? undefined : payload;
}

/** A payload that need not be a conversation: only messages are read, never a mere text. */
function plain<T extends ModelInput | ModelOutput>(
  kind: SpanKind,
  payload: unknown,
  reader: (payload: unknown) => Reading<T>,
): Reading<T> {
  const value = unwrapped(payloadOf(payload));
  if (isEmpty(value)) return NONE;
  if (kind !== "other" || typeof value === "string") return unread(payload);
  return reader(payload);
}

function modelCall(input: Reading<ModelInput>, output: Reading<ModelOutput>): ModelCall {
  const request = input.kind === "read" ? input.value : undefined;
  const reply = output.kind === "read" ? output.value : undefined;
  return defined({
    requestModel: request?.model,
    responseModel: reply?.model,
    responseId: reply?.responseId,
    finishReason: reply?.finishReason,
    parameters: request?.parameters,
    tools: request?.tools,
  });
}
