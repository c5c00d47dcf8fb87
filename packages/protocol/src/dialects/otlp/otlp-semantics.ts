import type { SpanType } from "../../span-type.ts";

/** What the span types are called in the GenAI semantic conventions and in OpenInference, both ways. */

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

const TYPE_OF_OPERATION: ReadonlyMap<string, SpanType> = new Map<string, SpanType>([
  ["chat", "COMPLETION"],
  ["generate_content", "COMPLETION"],
  ["text_completion", "COMPLETION"],
  ["execute_tool", "CODE_EXECUTION"],
  ["invoke_agent", "AGENT_WORKFLOW"],
  ["invoke_workflow", "AGENT_WORKFLOW"],
  ["retrieval", "KB_RETRIEVAL"],
]);

const TYPE_OF_KIND: ReadonlyMap<string, SpanType> = new Map<string, SpanType>([
  ["LLM", "COMPLETION"],
  ["TOOL", "CODE_EXECUTION"],
  ["AGENT", "AGENT_WORKFLOW"],
  ["RETRIEVER", "KB_RETRIEVAL"],
  ["RERANKER", "RERANKING"],
  ["GUARDRAIL", "GUARDRAIL"],
  ["EVALUATOR", "EVALUATION"],
  ["PROMPT", "PROMPT_ENGINEERING"],
]);

/** The type that foreign names mean, or undefined when they say nothing. */
export function typeOfNames(operation: unknown, kind: unknown): SpanType | undefined {
  return TYPE_OF_OPERATION.get(String(operation)) ?? TYPE_OF_KIND.get(String(kind).toUpperCase());
}
