/** Where commands look for a collector that nobody named. */
import { UsageError } from "./usage-error.ts";

export const DEFAULT_URL = "http://127.0.0.1:4318";

/** @throws UsageError */
export function requireHttp(url: string): string {
  if (URL.canParse(url) && /^https?:/.test(url)) return url;
  throw new UsageError(`--url must be an http or https address, got ${url}`);
}

export async function isCollector(url: string): Promise<boolean> {
  const health = await fetch(new URL("/healthz", url), { signal: AbortSignal.timeout(3_000) }).catch(() => undefined);
  return health?.ok === true;
}
