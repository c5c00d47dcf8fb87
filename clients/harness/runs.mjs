/**
 * The programs whose spans are compared with their provider's own words: what they are called among the expected bodies,
 * and the environment in which they run. `clients/record.mjs` keeps what they send as fixtures.
 */
const openInference = (call, name = call) => ({
  name: `openinference-${name}`,
  folder: "openinference",
  program: "calls.mjs",
  environment: { CALL: call },
});

const traceloop = (call) => ({
  name: `traceloop-${call}`,
  folder: "traceloop",
  program: "calls.mjs",
  environment: { CALL: call, TRACELOOP_API_KEY: "key", TRACELOOP_TELEMETRY: "false" },
});

/** The AI SDK 5, without and with a mapper to OpenInference. */
const aiSdk = (call, name) =>
  ["", "-openinference-vercel"].map((suffix) => ({
    name: `${name}${suffix}`,
    folder: "ai-sdk",
    program: "calls-5.mjs",
    environment: { CALL: call, ...(suffix === "" ? {} : { MAPPER: "openinference" }) },
  }));

/** The AI SDK 7, which needs a newer Node. */
const aiSdk7 = (call, name) => ({
  name: `ai-sdk-7-${name}`,
  folder: "node-24",
  program: "ai-sdk.mjs",
  environment: { CALL: call },
});

export const RUNS = [
  openInference("openai-chat"),
  openInference("openai-chat-stream"),
  openInference("openai-tool-calling"),
  openInference("openai-stream-multiple-tools"),
  openInference("openai-responses-cached"),
  openInference("openai-embeddings"),
  openInference("openai-chat-history", "openai-tools-history-proto"),
  openInference("anthropic-messages"),
  openInference("anthropic-messages-stream"),
  openInference("anthropic-thinking"),
  traceloop("openai-chat"),
  traceloop("openai-tool-calling"),
  traceloop("openai-stream-multiple-tools"),
  traceloop("openai-responses-cached"),
  traceloop("anthropic-messages"),
  traceloop("anthropic-thinking"),
  ...aiSdk("openai-responses-cached", "ai-sdk-cached"),
  ...aiSdk("ai-sdk-stream-text", "ai-sdk-stream"),
  ...aiSdk("ai-sdk-tools", "ai-sdk-tools"),
  ...aiSdk("ai-sdk-embed", "ai-sdk-embed"),
  ...aiSdk("openai-error", "ai-sdk-error"),
  aiSdk7("openai-responses-cached", "cached"),
  aiSdk7("ai-sdk-stream-text", "stream"),
  aiSdk7("ai-sdk-tools", "tools"),
  aiSdk7("openai-error", "error"),
  aiSdk7("ai-sdk-embed", "embed"),
];

/** Runs one of them against a collector, or whatever else stands at `url`. */
export function environmentOf({ environment }, url, provider) {
  // No names of hosts, users or paths: what is kept as a fixture says only what the client says of a call.
  const quiet = { OTEL_SERVICE_NAME: "program", OTEL_NODE_RESOURCE_DETECTORS: "none" };
  return {
    ...quiet,
    ...environment,
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    TRACELOOP_BASE_URL: url,
    PROVIDER_URL: provider.url,
  };
}

export const programOf = ({ folder, program }) => new URL(`../${folder}/programs/${program}`, import.meta.url);
