/** The clients that are compared with themselves, by name: how one is made and observed, its features, a server for them. */
import { ANTHROPIC, GROQ, OPENAI } from "./features.mjs";
import { startModelServer } from "./model-server.mjs";

const OTHERS = {
  "google-2": ["google.features.mjs", "google2"],
  "google-3": ["google.features.mjs", "google3"],
  mistral: ["mistral.features.mjs", "mistral"],
  ollama: ["ollama.features.mjs", "ollama"],
  cohere: ["cohere.features.mjs", "cohere2"],
  "cohere, the older client": ["cohere.features.mjs", "cohere1"],
  bedrock: ["bedrock.features.mjs", "bedrock"],
};
/** Made by one generator: openai's of each major, Azure's included, Anthropic's and Groq's. */
export const GENERATED = [
  "openai-4",
  "openai-5",
  "openai-6",
  "openai-7",
  "openai-4 (Azure)",
  "openai-5 (Azure)",
  "openai-6 (Azure)",
  "openai-7 (Azure)",
  "@anthropic-ai/sdk",
  "groq-sdk",
];
export const KINDS = [...GENERATED, ...Object.keys(OTHERS)];

/** @returns `features`, `make(url)`, `observe(client, options)`, `startServer()` */
export async function kindOf(name) {
  if (!GENERATED.includes(name)) {
    const [file, exported] = OTHERS[name];
    return (await import(`./${file}`))[exported];
  }
  const [packageName, isAzure] = [name.replace(" (Azure)", ""), name.endsWith(" (Azure)")];
  const isOpenAI = name.startsWith("openai");
  const { default: Default, AzureOpenAI } = await import(packageName);
  const { observe } = await import(`everspan/${isOpenAI ? "openai" : name === "groq-sdk" ? "groq" : "anthropic"}`);
  const azureAt = (endpoint) => ({ endpoint, apiVersion: "2024-10-21", azureADTokenProvider: async () => "token" });
  return {
    features: isOpenAI ? OPENAI : name === "groq-sdk" ? GROQ : ANTHROPIC,
    make: (url) =>
      isAzure
        ? new AzureOpenAI({ ...azureAt(url), maxRetries: 2 })
        : new Default({ apiKey: "key", baseURL: isOpenAI ? `${url}/v1` : url, maxRetries: 2 }),
    observe,
    startServer: startModelServer,
  };
}
