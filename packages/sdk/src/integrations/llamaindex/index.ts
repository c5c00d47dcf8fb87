/**
 * `everspan/llamaindex`: traces LlamaIndex.TS.
 *
 * ```ts
 * import { observe } from "everspan/llamaindex";
 *
 * const weather = observe(agent({ llm, tools }));
 * ```
 *
 * What is observed is the object itself: an agent's workflow with the models and tools of its agents, a workflow of your own
 * with its steps, a query or chat engine with its retriever and model, or a model, an embedding or a tool alone.
 */
import { defaultTracer } from "../../environment/default-tracer.ts";
import { memberOf, methodOf } from "../../recording/following/members.ts";
import { quietly } from "../callbacks/quietly.ts";
import type { ObserveOptions } from "../generated-client/observe-client.ts";
import { observeEngine } from "./engines.ts";
import { observeModel } from "./model.ts";
import { observeEmbedding, observeRetriever, observeTool } from "./parts.ts";
import { observeWorkflow } from "./workflow.ts";

export type { ObserveOptions } from "../generated-client/observe-client.ts";

/**
 * Its type and identity, its results, streams and errors stay. What is none of these objects is handed back as it is.
 * @returns the same object
 */
export function observe<Part extends object>(part: Part, options: ObserveOptions = {}): Part {
  quietly(() => observePart(part, () => options.tracer ?? defaultTracer()));
  return part;
}

function observePart(part: unknown, tracer: () => ReturnType<typeof defaultTracer>): void {
  // An embedding is a function.
  if ((typeof part !== "object" && typeof part !== "function") || part === null) return;
  const has = (name: string): boolean => methodOf(part, name) !== undefined;
  if (has("getAgents") && typeof memberOf(part, "workflow") === "object") {
    observeWorkflow(memberOf(part, "workflow") as object, tracer, { agents: part, observePart });
  } else if (has("createContext") && has("handle")) observeWorkflow(part, tracer);
  else if (has("chat") && has("complete")) observeModel(part, tracer);
  else if (has("getTextEmbeddings")) observeEmbedding(part, tracer);
  else if (has("call") && memberOf(part, "metadata") !== undefined) observeTool(part, tracer);
  else if (has("query") || has("chat")) observeEngine(part, tracer, observePart);
  else if (has("retrieve")) observeRetriever(part, tracer);
}
