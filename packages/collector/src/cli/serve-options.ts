/** `everspan serve`'s command line as values. */
import { type PriceOverride, readPriceOverrides } from "../cost/price-overrides.ts";
import { defaultDataDirectory } from "../data-directory.ts";
import { UsageError } from "./usage-error.ts";

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  readonly dataDirectory: string;
  readonly token?: string;
  readonly allowHosts: readonly string[];
  readonly behindProxy: boolean;
  readonly recordsSample: boolean;
  readonly prices?: readonly PriceOverride[];
}

/** As the command line gives them. */
export interface ServeFlags {
  readonly host: string;
  readonly port: string;
  readonly data?: string;
  readonly token?: string;
  readonly allowHost: readonly string[];
  readonly behindProxy?: boolean;
  readonly sample: boolean;
  readonly prices?: string;
}

/** @throws UsageError; EverspanError when the file of prices says anything else than prices */
export function toServeOptions(flags: ServeFlags, environment: NodeJS.ProcessEnv): ServeOptions {
  const token = flags.token ?? (environment.EVERSPAN_TOKEN || undefined);
  return {
    host: flags.host,
    port: parsePort(flags.port),
    dataDirectory: flags.data ?? defaultDataDirectory(environment),
    ...(token !== undefined && { token }),
    allowHosts: flags.allowHost,
    behindProxy: flags.behindProxy ?? false,
    recordsSample: flags.sample,
    ...(flags.prices !== undefined && { prices: readPriceOverrides(flags.prices) }),
  };
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`--port must be a number from 0 to 65535, got ${text}`);
}
