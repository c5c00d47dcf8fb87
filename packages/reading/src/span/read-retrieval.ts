import type { Retrieval, RetrievedDocument } from "../form/span-reading.ts";
import { Fields, restOf } from "../json/fields.ts";
import { asRecord, textAt } from "../json/json-record.ts";
import { parsedIfJson } from "../json/json-text.ts";

const LIST_KEYS = ["documents", "results", "matches", "chunks", "nodes", "hits", "source_nodes", "sourceNodes", "data"];
const QUERY_KEYS = ["query", "question", "q", "text", "input", "search_query"];

/** What was looked for, and what was found. undefined when the output is no list of documents. */
export function readRetrieval(input: unknown, output: unknown, told: string | undefined): Retrieval | undefined {
  const list = documentList(parsedIfJson(output));
  if (list === undefined) return undefined;
  const asked = parsedIfJson(input);
  const query = told ?? textAt(asRecord(asked), ...QUERY_KEYS) ?? asked ?? null;
  return { query, documents: list.map(documentOf) };
}

function documentList(output: unknown): readonly unknown[] | undefined {
  if (Array.isArray(output)) return output;
  const record = asRecord(output);
  for (const key of LIST_KEYS) {
    const list = record?.[key];
    if (Array.isArray(list)) return list;
  }
  return undefined;
}

/** LangChain's `pageContent`, LlamaIndex's `{node, score}`, Cohere's `relevance_score`, OpenInference's document. */
function documentOf(value: unknown): RetrievedDocument {
  if (typeof value === "string") return { id: null, content: value, score: null };
  const record = asRecord(Array.isArray(value) ? value[0] : value);
  if (record === undefined) return { id: null, content: null, score: null, rest: { value } };
  const outer = new Fields(record);
  const node = outer.object("node", "document");
  const fields = node === undefined ? outer : new Fields(node);
  const score = outer.number("score", "relevance_score", "relevanceScore", "similarity", "distance");
  const inner = fields.number("score");
  const id = fields.text("id", "id_", "doc_id", "documentId") ?? outer.text("id");
  const content = fields.text("content", "pageContent", "page_content", "text", "snippet");
  const rest = { ...(node === undefined ? {} : restOf(outer).rest), ...restOf(fields).rest };
  const paired = Array.isArray(value) && typeof value[1] === "number" ? value[1] : undefined;
  return {
    id: id ?? null,
    content: content ?? null,
    score: score ?? inner ?? paired ?? null,
    ...(Object.keys(rest).length === 0 ? {} : { rest }),
  };
}
