import type { SpanType } from "../../span-type.ts";

/** What the span types are called in the GenAI semantic conventions and in OpenInference. */

export interface TypeNames {
  /** `gen_ai.operation.name`; absent where the conventions have no operation for it. */
  readonly operation?: string;
  /** `openinference.span.kind` */
  readonly kind: string;
}

const TOOL: TypeNames = { operation: "execute_tool", kind: "TOOL" };
const RETRIEVAL: TypeNames = { operation: "retrieval", kind: "RETRIEVER" };
const AGENT: TypeNames = { operation: "invoke_agent", kind: "AGENT" };
const CHAIN: TypeNames = { kind: "CHAIN" };

const TYPE_NAMES: Partial<Record<SpanType, TypeNames>> = {
  COMPLETION: { operation: "chat", kind: "LLM" },
  CODE_EXECUTION: TOOL,
  EXTERNAL_ENDPOINT: TOOL,
  DATA_MANIPULATION: TOOL,
  AGENT_WORKFLOW: AGENT,
  AGENT_TRACER: AGENT,
  KB_RETRIEVAL: RETRIEVAL,
  DOCUMENT_SEARCH: RETRIEVAL,
  FILE_RETRIEVAL: RETRIEVAL,
  RERANKING: { kind: "RERANKER" },
  GUARDRAIL: { kind: "GUARDRAIL" },
  EVALUATION: { kind: "EVALUATOR" },
  PROMPT_ENGINEERING: { kind: "PROMPT" },
};

export function namesOfType(type: SpanType): TypeNames {
  return TYPE_NAMES[type] ?? CHAIN;
}
