/** `everspan serve`'s command line as values. */
import { readFileSync } from "node:fs";
import type { ProjectLimitOptions } from "../access/project-limits.ts";
import { type PriceOverride, readPriceOverrides } from "../cost/price-overrides.ts";
import { defaultDataDirectory } from "../data-directory.ts";
import type { TlsOptions } from "../http/http-server.ts";
import type { RetentionOptions } from "../retention/retention-timer.ts";
import { parseClickHouseAddress } from "../store/clickhouse/address.ts";
import { UsageError } from "./usage-error.ts";

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  readonly dataDirectory: string;
  readonly token?: string;
  readonly allowHosts: readonly string[];
  readonly behindProxy: boolean;
  readonly tls?: TlsOptions;
  readonly readers: number;
  readonly retention: RetentionOptions;
  readonly limits: ProjectLimitOptions;
  readonly logFormat: LogFormat;
  readonly recordsSample: boolean;
  readonly prices?: readonly PriceOverride[];
  /** Address of a store that several collectors share, with its secrets. Default: the embedded store. */
  readonly store?: string;
}

export const LOG_FORMATS = ["text", "json"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** As the command line gives them. */
export interface ServeFlags {
  readonly host: string;
  readonly port: string;
  readonly data?: string;
  readonly token?: string;
  readonly allowHost: readonly string[];
  readonly behindProxy?: boolean;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly readers: string;
  readonly keepDays?: string;
  readonly maxBytes?: string;
  readonly maxRequestsPerSecond?: string;
  readonly maxIngestPerDay?: string;
  readonly logFormat: string;
  readonly sample: boolean;
  readonly prices?: string;
  readonly store?: string;
}

const MAX_PORT = 65_535;
const MAX_READERS = 16;
const MAX_DAYS = 36_500;
const MAX_REQUESTS_PER_SECOND = 1_000_000;
const DAY_MS = 86_400_000;

/** @throws UsageError; EverspanError when the file of prices says anything else than prices; Error for an unreadable file */
export function toServeOptions(flags: ServeFlags, environment: NodeJS.ProcessEnv): ServeOptions {
  const token = flags.token ?? (environment.EVERSPAN_TOKEN || undefined);
  const tls = readTls(flags);
  const store = readStore(flags, environment);
  const { keepDays, maxBytes, maxRequestsPerSecond: perSecond, maxIngestPerDay: perDay } = flags;
  return {
    host: flags.host,
    port: parseCount("--port", flags.port, 0, MAX_PORT),
    dataDirectory: flags.data ?? defaultDataDirectory(environment),
    ...(token !== undefined && { token }),
    allowHosts: flags.allowHost,
    behindProxy: flags.behindProxy ?? false,
    ...(tls !== undefined && { tls }),
    readers: parseCount("--readers", flags.readers, 0, MAX_READERS),
    retention: {
      ...(keepDays !== undefined && { maxAgeMs: parseCount("--keep-days", keepDays, 1, MAX_DAYS) * DAY_MS }),
      ...(maxBytes !== undefined && { maxBytes: parseSize("--max-bytes", maxBytes) }),
    },
    limits: {
      ...(perSecond !== undefined && {
        requestsPerSecond: parseCount("--max-requests-per-second", perSecond, 1, MAX_REQUESTS_PER_SECOND),
      }),
      ...(perDay !== undefined && { ingestBytesPerDay: parseSize("--max-ingest-per-day", perDay) }),
    },
    logFormat: parseFormat(flags.logFormat),
    recordsSample: flags.sample,
    ...(flags.prices !== undefined && { prices: readPriceOverrides(flags.prices) }),
    ...(store !== undefined && { store }),
  };
}

function readStore({ store: flag, readers }: ServeFlags, environment: NodeJS.ProcessEnv): string | undefined {
  const store = flag ?? (environment.EVERSPAN_STORE || undefined);
  if (store === undefined) return undefined;
  try {
    parseClickHouseAddress(store);
  } catch (error) {
    throw new UsageError(`--store: ${(error as Error).message}`);
  }
  if (readers !== "0") throw new UsageError("--readers is for the embedded store: leave it out with --store");
  return store;
}

function readTls({ tlsCert, tlsKey }: ServeFlags): TlsOptions | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) throw new UsageError("--tls-cert and --tls-key go together");
  return { cert: readPem("--tls-cert", tlsCert), key: readPem("--tls-key", tlsKey) };
}

function readPem(flag: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new Error(`${flag}: ${(error as Error).message}`, { cause: error });
  }
}

function parseCount(flag: string, text: string, min: number, max: number): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= min && count <= max) return count;
  throw new UsageError(`${flag} must be a number from ${min} to ${max}, got ${text}`);
}

const UNITS: Readonly<Record<string, number>> = { "": 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

function parseSize(flag: string, text: string): number {
  const [, count, unit] = /^(\d{1,15})(KB|MB|GB|TB)?$/i.exec(text) ?? [];
  const bytes = Number(count) * (UNITS[(unit ?? "").toUpperCase()] ?? Number.NaN);
  if (bytes > 0 && bytes <= Number.MAX_SAFE_INTEGER) return bytes;
  throw new UsageError(`${flag} must be a size, such as 500MB or 20GB; got ${text}`);
}

function parseFormat(text: string): LogFormat {
  const format = LOG_FORMATS.find((known) => known === text);
  if (format !== undefined) return format;
  throw new UsageError(`--log-format must be ${LOG_FORMATS.join(" or ")}, got ${text}`);
}
