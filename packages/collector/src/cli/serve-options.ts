/** `everspan serve`'s command line as values. */
import { parseArgs } from "node:util";
import { defaultDataDirectory } from "../data-directory.ts";
import { UsageError } from "./usage.ts";

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  readonly dataDirectory: string;
  readonly token?: string;
  readonly allowHosts: readonly string[];
  readonly recordsSample: boolean;
}

/** @throws UsageError */
export function parseServeOptions(args: readonly string[], environment: NodeJS.ProcessEnv): ServeOptions {
  const values = parse(args);
  const token = values.token ?? (environment.EVERSPAN_TOKEN || undefined);
  return {
    host: values.host,
    port: parsePort(values.port),
    dataDirectory: values.data ?? defaultDataDirectory(environment),
    ...(token !== undefined && { token }),
    allowHosts: values["allow-host"],
    recordsSample: !values["no-sample"],
  };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        host: { type: "string", default: "127.0.0.1" },
        port: { type: "string", default: "4318" },
        data: { type: "string" },
        token: { type: "string" },
        "allow-host": { type: "string", multiple: true, default: [] },
        "no-sample": { type: "boolean", default: false },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`--port must be a number from 0 to 65535, got ${text}`);
}
