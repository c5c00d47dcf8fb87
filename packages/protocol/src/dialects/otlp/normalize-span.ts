import { textOf } from "../../decoding/marker.ts";
import type { SpanType } from "../../span-type.ts";
import { dataOf, takeInput, takeOutput } from "./otlp-payloads.ts";
import { typeOfNames } from "./otlp-semantics.ts";
import type { NormalizedSpan, OtlpAttributes, OtlpSpanRecord } from "./span-record.ts";

/** What the attributes of the commonest conventions mean. Who reads more of them gives a function of its own. */
export function normalizeSpan({ attributes }: Pick<OtlpSpanRecord, "attributes">): NormalizedSpan {
  const rest = { ...attributes };
  const type = readType(rest);
  const taskId = textOf(rest, "gen_ai.conversation.id") ?? textOf(rest, "session.id");
  const input = takeInput(rest);
  const output = takeOutput(rest);
  return {
    ...(type !== undefined && { type }),
    ...(taskId !== undefined && { taskId }),
    ...(input !== undefined && { input }),
    ...(output !== undefined && { output }),
    data: dataOf(rest) ?? {},
  };
}

function readType(attributes: OtlpAttributes): SpanType | undefined {
  const langfuse = attributes["langfuse.observation.type"];
  const kind =
    attributes["openinference.span.kind"] ??
    (langfuse === "generation" ? "LLM" : langfuse) ??
    attributes["traceloop.span.kind"];
  return typeOfNames(attributes["gen_ai.operation.name"], kind);
}
