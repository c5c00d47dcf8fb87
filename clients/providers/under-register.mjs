/** A client as a program has it that runs under `everspan/register`. */
import { setDefaultTracer } from "everspan";

/** Under which name a package is installed here, and which it has elsewhere, where these are two or the kind has another. */
const PACKAGES = {
  google2: ["@google/genai"],
  vertex2: ["@google/genai"],
  google3: ["@google/genai-3", "@google/genai"],
  vertex3: ["@google/genai-3", "@google/genai"],
  mistral: ["@mistralai/mistralai"],
  cohere1: ["cohere-ai"],
  cohere2: ["cohere-ai"],
  bedrock: ["@aws-sdk/client-bedrock-runtime"],
  bedrockBothWays: ["@aws-sdk/client-bedrock-runtime"],
};
const KNOWN = { openai: "openai", anthropic: "@anthropic-ai/sdk" };

/** @param kind a name of `kinds.mjs`, or of what a file of features exports */
export async function loadUnderRegister(kind) {
  // It registers as it loads.
  await import("everspan/register");
  const plain = kind.replace(" (Azure)", "");
  const [installed, known] = PACKAGES[kind] ?? [plain, KNOWN[/^(openai|anthropic)-\d/.exec(plain)?.[1]]];
  // What the module's own last line tells; it would not be known by the name that it has here.
  globalThis[Symbol.for("everspan.loaded")](known ?? installed, await import(installed));
}

export const recordUnderRegister = (tracer) => setDefaultTracer(tracer);

/** Without what a served request and each attempt are: those are not the client's. */
export const ofClients = (spans) => spans.filter(({ data }) => data?.provider !== undefined && !data.isUnread);

/** What two ways of observing say alike: all but times and the ids of spans. Cohere's newer client is made of the older one's parts. */
export const said = ({ name, type, status, input, output, data, error }) => {
  const { timeToFirstTokenMs, ...facts } = data ?? {};
  const all = { name: name.replace(/^v2\./, ""), type, status, input, output, data: facts, error: error?.message };
  return JSON.parse(JSON.stringify(all).replaceAll(/127\.0\.0\.1:\d+/g, "server"));
};
