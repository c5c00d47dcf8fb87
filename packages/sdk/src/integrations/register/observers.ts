/** What is done with each observed module when the program has loaded it. */
import { type Method, memberOf, methodOf, replaceMethod } from "../../recording/following/members.ts";
import { observe as observeAnthropic } from "../anthropic/index.ts";
import { type BedrockClient, observe as observeBedrock } from "../bedrock/index.ts";
import { quietly } from "../callbacks/quietly.ts";
import { observe as observeCohere } from "../cohere/index.ts";
import { observeClient } from "../generated-client/observe-client.ts";
import { ContentReply } from "../google/content-reply.ts";
import { observe as observeGroq } from "../groq/index.ts";
import { type CallbackManagerClass, registerEverspan as registerLangChain } from "../langchain/index.ts";
import { type McpClient, observeClient as observeMcpClient } from "../mcp/index.ts";
import { observe as observeMistral } from "../mistral/index.ts";
import { observe as observeOllama } from "../ollama/index.ts";
import { observe as observeOpenAi } from "../openai/index.ts";
import { everspanProcessor } from "../openai-agents/index.ts";
import { classView } from "./class-view.ts";

/** A module's namespace, or what `require` gives. */
type Loaded = object;
type AnyClass = new (options: object) => object;
type Observe = (client: object) => unknown;

/** Clients insist on a key when they are made; the one that is made here asks for nothing. */
const PROBE = { apiKey: "none", token: "none" };

const OBSERVERS: Readonly<Record<string, (module: Loaded) => void>> = {
  openai: (module) => observeClasses(module, ["OpenAI"], observeOpenAi),
  "@anthropic-ai/sdk": (module) => observeClasses(module, ["Anthropic"], observeAnthropic),
  "groq-sdk": (module) => observeClasses(module, ["Groq"], observeGroq),
  "@mistralai/mistralai": (module) => observeClasses(module, ["Mistral"], observeMistral),
  ollama: (module) => observeClasses(module, ["Ollama"], observeOllama),
  "cohere-ai": (module) => observeClasses(module, ["CohereClient", "CohereClientV2"], observeCohere),
  "@google/genai": observeGoogle,
  "@aws-sdk/client-bedrock-runtime": observeBedrockClass,
  "@langchain/core/callbacks/manager": (module) =>
    void registerLangChain(memberOf(module, "CallbackManager") as CallbackManagerClass),
  // Its own processor stays: what the program sends where is its own.
  "@openai/agents": (module) => void methodOf(module, "addTraceProcessor")?.(everspanProcessor()),
  "@modelcontextprotocol/sdk/client": (module) =>
    void observeMcpClient(memberOf(classOf(module, "Client"), "prototype") as McpClient),
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

function observeClasses(module: Loaded, names: readonly string[], observe: Observe): void {
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

/** The methods of its interface are each instance's own; beneath them stand these, once for each request. */
function observeGoogle(module: Loaded): void {
  const models = memberOf(classOf(module, "Models"), "prototype") as object;
  observeClient(models, [
    { name: "generateContentInternal", provider: "google", type: "COMPLETION" },
    {
      name: "generateContentStreamInternal",
      provider: "google",
      type: "COMPLETION",
      builder: () => new ContentReply(),
    },
  ]);
}

/** Each client has a middleware stack of its own: it is observed at its first command. */
function observeBedrockClass(module: Loaded): void {
  const prototype = memberOf(classOf(module, "BedrockRuntimeClient"), "prototype") as object;
  const send = methodOf(prototype, "send") as Method;
  replaceMethod(prototype, "send", function (this: unknown, ...args) {
    quietly(() => observeBedrock(this as BedrockClient));
    return Reflect.apply(send, this, args);
  });
}
