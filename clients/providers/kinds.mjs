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
  "anthropic-0.20",
  "anthropic-0.39",
  "anthropic-0.60",
  "anthropic-0.137",
  "groq-sdk",
];
export const KINDS = [...GENERATED, ...Object.keys(OTHERS)];

/**
 * What an older client has not: its features by name. Version 0.20 waits for ever where a stream is left or aborted before its
 * end, bare too; the surface of each is found by `surface.mjs`.
 */
const PARSING = /^parse, and a thread/;
const TOOLS_BETA = /^the tools' beta$/;
const RUNNER = /tool runner/;
const LACKING = {
  "anthropic-0.20": [
    PARSING,
    RUNNER,
    /left early|aborted by its controller|aborted while it runs|messages\.stream, aborted/,
    /^(withOptions|pages of a list|the client's own methods|beta\.messages|beta\.messages\.stream)$/,
  ],
  "anthropic-0.39": [PARSING, RUNNER, TOOLS_BETA, /^withOptions$/],
  "anthropic-0.60": [PARSING, RUNNER, TOOLS_BETA],
  "anthropic-0.137": [TOOLS_BETA],
  "@anthropic-ai/sdk": [TOOLS_BETA, /^text completions$/],
};
const featuresOf = (name, all) => {
  const lacking = LACKING[name] ?? [];
  return Object.fromEntries(Object.entries(all).filter(([feature]) => !lacking.some((of) => of.test(feature))));
};

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
    features: featuresOf(name, isOpenAI ? OPENAI : name === "groq-sdk" ? GROQ : ANTHROPIC),
    make: (url) =>
      isAzure
        ? new AzureOpenAI({ ...azureAt(url), maxRetries: 2 })
        : new Default({ apiKey: "key", baseURL: isOpenAI ? `${url}/v1` : url, maxRetries: 2 }),
    observe,
    startServer: startModelServer,
  };
}
