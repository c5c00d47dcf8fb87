/** Tools, retrievers and embeddings. */
import { type Method, memberOf } from "../../recording/following/members.ts";
import { runInSpan } from "../../recording/following/run-in-span.ts";
import type { Span } from "../../recording/span/span.ts";
import type { SpanOptions } from "../../recording/span/span-options.ts";
import type { Tracer } from "../../recording/tracer.ts";
import { quietly } from "../callbacks/quietly.ts";
import { replaceOnce } from "../generated-client/replace-once.ts";

export function observeTool(tool: object, tracer: () => Tracer): void {
  replaceOnce(tool, "call", (call) =>
    inSpan(call, tracer, (_, [input]) => {
      const name = memberOf(memberOf(tool, "metadata"), "name");
      return { name: typeof name === "string" ? name : "tool", type: "CODE_EXECUTION", input };
    }),
  );
  // With an argument of its own it is another tool.
  replaceOnce(tool, "bind", (bind) => {
    return function (this: unknown, ...args) {
      const bound = Reflect.apply(bind, this, args);
      if (typeof bound === "object" && bound !== null) observeTool(bound, tracer);
      return bound;
    };
  });
}

export function observeRetriever(retriever: object, tracer: () => Tracer): void {
  replaceOnce(retriever, "retrieve", (retrieve) =>
    inSpan(retrieve, tracer, (_, [query]) => ({
      name: "retrieve",
      type: "KB_RETRIEVAL",
      input: { query: textOf(query) },
      keep: (nodes) => ({ documents: documentsOf(nodes) }),
    })),
  );
}

export function observeEmbedding(embedding: object, tracer: () => Tracer): void {
  for (const name of ["getTextEmbeddings", "getTextEmbedding", "getQueryEmbedding"]) {
    replaceOnce(embedding, name, (embed) =>
      inSpan(embed, tracer, (current, [texts]) => {
        // Each of them may ask one of the others.
        if (isEmbedding(current.activeSpan())) return undefined;
        const model = memberOf(embedding, "model");
        return { name, type: "STANDALONE", input: texts, data: { ...EMBEDDING, model }, keep: withoutVectors };
      }),
    );
  }
}

interface Described extends SpanOptions {
  readonly name: string;
  /** What is kept of the result. Default: all of it. */
  readonly keep?: (result: unknown) => unknown;
}

const EMBEDDING = { provider: "llamaindex", kind: "embedding" };

function isEmbedding(span: Span | undefined): boolean {
  return memberOf(span?.data, "kind") === EMBEDDING.kind && memberOf(span?.data, "provider") === EMBEDDING.provider;
}

/** @param describe says nothing where the call is no span of its own */
function inSpan(
  method: Method,
  tracer: () => Tracer,
  describe: (tracer: Tracer, args: readonly unknown[]) => Described | undefined,
): Method {
  return function (this: unknown, ...args) {
    const current = tracer();
    const described = describe(current, args);
    if (described === undefined) return Reflect.apply(method, this, args);
    const { name, keep, ...options } = described;
    const span = current.startSpan(name, options);
    return runInSpan(span, () => {
      const result = current.withSpan(span, () => Reflect.apply(method, this, args));
      return keep !== undefined && result instanceof Promise ? kept(result, span, keep) : result;
    });
  };
}

function kept(result: Promise<unknown>, span: Span, keep: (value: unknown) => unknown): Promise<unknown> {
  return result.then((value) => {
    quietly(() => {
      span.output = keep(value);
    });
    return value;
  });
}

function textOf(query: unknown): unknown {
  return memberOf(query, "query") ?? query;
}

/** Without their vectors. */
function documentsOf(nodes: unknown): unknown {
  if (!Array.isArray(nodes)) return nodes;
  return nodes.map((found) => {
    const node = memberOf(found, "node");
    const [id, content, metadata] = ["id_", "text", "metadata"].map((name) => memberOf(node, name));
    return { id, content, score: memberOf(found, "score"), metadata };
  });
}

function withoutVectors(result: unknown): unknown {
  if (!Array.isArray(result)) return undefined;
  const isOne = typeof result[0] === "number";
  return { count: isOne ? 1 : result.length, dimensions: isOne ? result.length : memberOf(result[0], "length") };
}
