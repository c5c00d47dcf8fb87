import { SPAN_TYPES, type SpanType } from "@everspan/protocol";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readModelInput, readModelOutput } from "../messages/payloads.ts";
import { drawnPayload, leavesIn } from "../testing/payload-arbitraries.ts";
import { deriveColumns } from "./derive-columns.ts";
import { normalizeSpan } from "./normalize-span.ts";
import { readSpan } from "./read-span.ts";

const RUNS = { numRuns: 1_000 };

function missing(leaves: readonly string[], form: unknown): readonly string[] {
  const found = leavesIn(form);
  return leaves.filter((leaf) => !found.has(leaf));
}

test("every leaf of an input is in the form or in an unknown part of it", () => {
  fc.assert(
    fc.property(drawnPayload, ({ value, leaves }) => {
      expect(missing(leaves, readModelInput(value))).toEqual([]);
    }),
    RUNS,
  );
});

test("every leaf of an output is in the form or in an unknown part of it", () => {
  fc.assert(
    fc.property(drawnPayload, ({ value, leaves }) => {
      expect(missing(leaves, readModelOutput(value))).toEqual([]);
    }),
    RUNS,
  );
});

test("something that is there is never answered by none", () => {
  fc.assert(
    fc.property(drawnPayload, ({ value, leaves }) => {
      fc.pre(leaves.length > 0);
      expect(readModelInput(value).kind).not.toBe("none");
      expect(readModelOutput(value).kind).not.toBe("none");
    }),
    RUNS,
  );
});

const attributes = fc.dictionary(
  fc.oneof(
    fc.constantFrom(
      "gen_ai.input.messages",
      "gen_ai.output.messages",
      "gen_ai.system_instructions",
      "gen_ai.tool.definitions",
      "input.value",
      "output.value",
      "llm.input_messages.0.message.role",
      "llm.input_messages.0.message.content",
      "llm.output_messages.0.message.tool_calls.0.tool_call.function.name",
      "ai.prompt.messages",
      "ai.response.text",
      "ai.response.toolCalls",
      "langfuse.observation.input",
      "langfuse.observation.usage_details",
      "traceloop.entity.input",
      "gen_ai.prompt.0.content",
      "gen_ai.completion.0.content",
      "request_data",
      "usage",
      "gen_ai.request.temperature",
      "metadata",
      "session.id",
      "tag.tags",
      "model",
      "openinference.span.kind",
      "retrieval.documents.0.document.content",
      "embedding.embeddings.0.embedding.vector",
      "ai.telemetry.metadata.k",
    ),
    fc.string({ maxLength: 8 }),
  ),
  drawnPayload.map(({ value }) => value),
  { maxKeys: 8 },
);

test("what attributes hold is in a payload or stays, under whatever names", () => {
  fc.assert(
    fc.property(attributes, fc.constantFrom("LLM", "TOOL", "RETRIEVER", "CHAIN"), (drawn, kind) => {
      const given = { ...drawn, "openinference.span.kind": kind };
      const leaves = JSON.stringify(given).match(/leaf\d+x|7\d{6}/g) ?? [];
      expect(missing(leaves, normalizeSpan({ name: "span", attributes: given }))).toEqual([]);
    }),
    {
      ...RUNS,
      examples: [[{ "llm.input_messages.0.message.role": "leaf447499x", "input.value": [{ role: "wizard" }] }, "LLM"]],
    },
  );
});

test("no span makes a reader throw, whatever it holds", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...SPAN_TYPES),
      drawnPayload,
      drawnPayload,
      attributes,
      fc.anything({ withNullPrototype: true, withObjectString: true }),
      (type: SpanType, input, output, data, other) => {
        for (const payload of [input.value, other]) {
          const span = { name: "span", type, input: payload, output: output.value, data };
          expect(readSpan(span).version).toBeGreaterThan(0);
          expect(deriveColumns(span).readerVersion).toBeGreaterThan(0);
        }
      },
    ),
    RUNS,
  );
});
