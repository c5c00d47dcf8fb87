/**
 * `everspan/langchain`: traces LangChain and LangGraph.
 *
 * ```ts
 * import { CallbackManager } from "@langchain/core/callbacks/manager";
 * import { registerEverspan } from "everspan/langchain";
 *
 * registerEverspan(CallbackManager); // every run of the process; or pass `callbacks: [everspanHandler()]` to single ones
 * ```
 */
export type { Generation, LangChainHandler, Metadata, ModelExtra, ModelResult, Serialized } from "./events.ts";
export { type EverspanLangChainOptions, everspanHandler } from "./handler.ts";
export { type CallbackManagerClass, registerEverspan } from "./register.ts";
