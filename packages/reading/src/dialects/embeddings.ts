import type { Embeddings, ModelOutput } from "../form/payloads.ts";
import { defined, type Fields } from "../json/fields.ts";
import { asRecord } from "../json/json-record.ts";
import type { Dialect } from "../messages/dialect.ts";
import { takeUsage } from "../usage/take-usage.ts";

/** Vectors of every provider: how many, and of how many numbers each. */
export const embeddings: Dialect = { name: "embeddings", outputs: [vectors] };

function vectors(reply: Fields): ModelOutput | undefined {
  const found = openAiVectors(reply) ?? namedVectors(reply);
  if (found === undefined) return undefined;
  const model = reply.text("model", "modelId");
  const responseId = reply.text("id");
  const usage = takeUsage(reply, ["usage"]);
  reply.drop("object", "list");
  return { messages: [], embeddings: found, ...defined({ model, responseId, usage, rest: reply.rest() }) };
}

/** `{object: "list", data: [{embedding}]}`. */
function openAiVectors(reply: Fields): Embeddings | undefined {
  const data = reply.peek("data");
  if (!Array.isArray(data) || data.length === 0) return undefined;
  if (!data.every((item) => asRecord(item)?.embedding !== undefined)) return undefined;
  reply.take("data");
  return { count: data.length, dimensions: dimensionsOf(asRecord(data[0])?.embedding), vectors: data };
}

function namedVectors(reply: Fields): Embeddings | undefined {
  const list = reply.peek("embeddings") ?? reply.peek("embedding");
  if (list === undefined || list === null) return undefined;
  const isOne = Array.isArray(list) && typeof list[0] === "number";
  const vectorList = isOne ? [list] : Array.isArray(list) ? list : [list];
  if (vectorList.length === 0) return undefined;
  reply.take(reply.has("embeddings") ? "embeddings" : "embedding");
  const [first] = vectorList as readonly unknown[];
  return {
    count: vectorList.length,
    dimensions: dimensionsOf(asRecord(first)?.values ?? asRecord(first)?.vector ?? first),
    vectors: list,
  };
}

/** A vector is a list of numbers, or those as base64 of 32-bit floats. */
function dimensionsOf(vector: unknown): number | null {
  if (Array.isArray(vector)) return vector.length;
  return typeof vector === "string" ? Math.floor((vector.length * 3) / 16) : null;
}
