/**
 * What is done with each observed module when the program has loaded it. Which packages it loads is not known before, so what
 * observes them is loaded with them.
 */
import { type Method, memberOf, methodOf, replaceMethod } from "../../recording/following/members.ts";
import type { BedrockClient } from "../bedrock/index.ts";
import { quietly } from "../callbacks/quietly.ts";
import type { CallbackManagerClass } from "../langchain/index.ts";
import type { McpClient } from "../mcp/index.ts";
import { classView } from "./class-view.ts";
import { loadIntegration } from "./load-integration.ts";

/** A module's namespace, or what `require` gives. */
type Loaded = object;
type AnyClass = new (options: object) => object;
type ClientPackage = "anthropic" | "cohere" | "google" | "groq" | "mistral" | "ollama" | "openai";

/**
 * Clients insist on a key when they are made; the one that is made here asks for nothing. Google's prints which of the
 * environment's settings it leaves aside where it goes by Vertex.
 */
const PROBE = { apiKey: "none", token: "none", vertexai: false };

const OBSERVERS: Readonly<Record<string, (module: Loaded) => void>> = {
  openai: (module) => observeClasses(module, ["OpenAI"], "openai"),
  "@anthropic-ai/sdk": (module) => observeClasses(module, ["Anthropic"], "anthropic"),
  "groq-sdk": (module) => observeClasses(module, ["Groq"], "groq"),
  "@mistralai/mistralai": (module) => observeClasses(module, ["Mistral"], "mistral"),
  ollama: (module) => observeClasses(module, ["Ollama"], "ollama"),
  "cohere-ai": (module) => observeClasses(module, ["CohereClient", "CohereClientV2"], "cohere"),
  "@google/genai": (module) => observeClasses(module, ["GoogleGenAI"], "google"),
  "@aws-sdk/client-bedrock-runtime": observeBedrockClass,
  "@langchain/core/callbacks/manager": (module) =>
    void loadIntegration("langchain").registerEverspan(memberOf(module, "CallbackManager") as CallbackManagerClass),
  // Its own processor stays: what the program sends where is its own.
  "@openai/agents": (module) =>
    void methodOf(module, "addTraceProcessor")?.(loadIntegration("openai-agents").everspanProcessor()),
  "@modelcontextprotocol/sdk/client": (module) =>
    void loadIntegration("mcp").observeClient(memberOf(classOf(module, "Client"), "prototype") as McpClient),
};

const seen = new WeakSet<object>();

/** True once a module was observed: from then on whoever asks a model is expected to say so. */
export let hasObserved = false;

/** Never throws: a version that is not as expected is not observed. */
export function observeModule(name: string, module: unknown): void {
  const isNew = (typeof module === "object" && module !== null) || typeof module === "function";
  if (!isNew || seen.has(module)) return;
  seen.add(module);
  quietly(() => {
    OBSERVERS[name]?.(module);
    hasObserved = true;
  });
}

function observeClasses(module: Loaded, names: readonly string[], integration: ClientPackage): void {
  const { observe } = loadIntegration(integration);
  for (const name of names) {
    const Class = classOf(module, name);
    if (Class !== undefined) observe(classView(new Class(PROBE)));
  }
}

/** By its name, or what the module is itself. */
function classOf(module: Loaded, name: string): AnyClass | undefined {
  const candidates = [memberOf(module, name), memberOf(module, "default"), memberOf(memberOf(module, "default"), name)];
  return candidates.find((candidate) => typeof candidate === "function") as AnyClass | undefined;
}

/** Each client has a middleware stack of its own: it is observed at its first command. */
function observeBedrockClass(module: Loaded): void {
  const { observe } = loadIntegration("bedrock");
  const prototype = memberOf(classOf(module, "BedrockRuntimeClient"), "prototype") as object;
  const send = methodOf(prototype, "send") as Method;
  replaceMethod(prototype, "send", function (this: unknown, ...args) {
    quietly(() => observe(this as BedrockClient));
    return Reflect.apply(send, this, args);
  });
}
