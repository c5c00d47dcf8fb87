import { readFileSync } from "node:fs";
import { EverspanError } from "@everspan/protocol";
import { z } from "zod";

/** Prices of one model, in US dollars for a million tokens. Cached input without a price of its own costs as input. */
export interface PriceOverride {
  /** The model's name; a `*` at its end stands for any ending. */
  readonly model: string;
  /** Only for calls of this provider; of any when absent. */
  readonly provider?: string | undefined;
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number | undefined;
  readonly cacheWrite?: number | undefined;
}

const amount = z.number().min(0).max(1_000_000);

const overridesSchema = z.strictObject({
  prices: z
    .array(
      z.strictObject({
        model: z.string().min(1).max(256),
        provider: z.string().min(1).max(256).optional(),
        input: amount,
        output: amount,
        cacheRead: amount.optional(),
        cacheWrite: amount.optional(),
      }),
    )
    .max(10_000),
});

/**
 * Reads a file of the user's own prices: `{"prices": [{"model": "my-model*", "input": 0.5, "output": 1.5}]}`.
 * @throws EverspanError when the file can't be read or says anything else, with the field that is wrong
 */
export function readPriceOverrides(file: string): readonly PriceOverride[] {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EverspanError(
      "EVERSPAN_INVALID_OPTION",
      `the price file ${JSON.stringify(file)} can't be read: ${reason}`,
    );
  }
  const parsed = overridesSchema.safeParse(content);
  if (parsed.success) return parsed.data.prices;
  const [issue] = parsed.error.issues;
  const place = issue?.path.join(".") || "the file";
  throw new EverspanError(
    "EVERSPAN_INVALID_OPTION",
    `the price file ${JSON.stringify(file)}: ${place}: ${issue?.message}`,
  );
}

export function overrideFor(
  overrides: readonly PriceOverride[],
  model: string,
  provider: string | undefined,
): PriceOverride | undefined {
  return overrides.find((price) => {
    if (price.provider !== undefined && price.provider !== provider) return false;
    return price.model.endsWith("*") ? model.startsWith(price.model.slice(0, -1)) : price.model === model;
  });
}
