import type { TokenCounts } from "@everspan/reading";
import { calcPrice } from "@pydantic/genai-prices";

/** The public table of prices that this version of the collector carries. */
export const PRICE_TABLE_VERSION = "genai-prices@0.1.8";

/** Names that senders give providers, as the table's. A name with a dot is also tried by its first word. */
const PROVIDERS: ReadonlyMap<string, string> = new Map([
  ["azure.ai.openai", "azure"],
  ["azure.ai.inference", "azure"],
  ["az.ai.openai", "azure"],
  ["az.ai.inference", "azure"],
  ["azure-openai", "azure"],
  ["aws.bedrock", "aws"],
  ["amazon-bedrock", "aws"],
  ["bedrock", "aws"],
  ["gcp.gemini", "google"],
  ["gcp.vertex_ai", "google"],
  ["gcp.gen_ai", "google"],
  ["vertex_ai", "google"],
  ["vertexai", "google"],
  ["gemini", "google"],
  ["google-genai", "google"],
  ["mistral_ai", "mistral"],
  ["mistralai", "mistral"],
  ["x_ai", "x-ai"],
  ["xai", "x-ai"],
]);

/** Vendors that are asked when nobody says whose the model is and its name alone doesn't tell. */
const VENDORS = ["openai", "anthropic", "google", "mistral", "cohere"];

const MAX_MODEL_LENGTH = 256;

/**
 * What the table says a call cost, in US dollars; undefined when it knows no such model, or the counts don't fit
 * together.
 */
export function tablePrice(
  counts: TokenCounts,
  model: string,
  provider: string | undefined,
  at: Date,
): number | undefined {
  if (model.length > MAX_MODEL_LENGTH) return undefined;
  const usage = tableUsage(counts);
  for (const [name, providerId] of attempts(model, provider)) {
    const price = priceOf(usage, name, providerId, at);
    if (price !== undefined) return price;
  }
  return undefined;
}

function priceOf(usage: Record<string, number>, model: string, providerId: string | undefined, timestamp: Date) {
  try {
    const price = calcPrice(usage, model, providerId === undefined ? { timestamp } : { providerId, timestamp });
    return price === null || !Number.isFinite(price.total_price) ? undefined : price.total_price;
  } catch {
    // The table refuses counts that contradict each other.
    return undefined;
  }
}

/** Whose model it may be, the surest first: as told, by its name, by the vendor before the slash. */
function attempts(model: string, provider: string | undefined): readonly (readonly [string, string | undefined])[] {
  const told = provider === undefined ? [] : providerIds(provider);
  const slash = model.indexOf("/");
  const bare = slash < 0 ? model : model.slice(slash + 1);
  return [
    ...told.map((id) => [model, id] as const),
    [model, undefined],
    ...(slash < 0
      ? []
      : ([
          [bare, model.slice(0, slash)],
          [bare, undefined],
        ] as const)),
    ...VENDORS.map((vendor) => [bare, vendor] as const),
  ];
}

function providerIds(provider: string): readonly string[] {
  const name = provider.toLowerCase().slice(0, MAX_MODEL_LENGTH);
  const first = name.split(".", 1)[0]!;
  return [...new Set([PROVIDERS.get(name) ?? name, PROVIDERS.get(first) ?? first])];
}

/** The table's input is whole as ours is; a part that it prices apart may not be greater than the whole. */
function tableUsage(counts: TokenCounts): Record<string, number> {
  const usage: Record<string, number> = {};
  const put = (name: string, count: number | undefined) => {
    if (count !== undefined && count > 0) usage[name] = count;
  };
  put("input_tokens", counts.inputTokens);
  put("output_tokens", counts.outputTokens);
  put("cache_read_tokens", counts.cacheReadTokens);
  put("cache_write_tokens", counts.cacheWriteTokens);
  if (counts.cacheWriteTokens !== undefined) put("cache_write_1h_tokens", counts.cacheWrite1hTokens);
  put("input_audio_tokens", counts.inputAudioTokens);
  put("output_audio_tokens", counts.outputAudioTokens);
  return usage;
}
