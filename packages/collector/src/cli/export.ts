/** `everspan export`: traces out of a collector or its store, into a file or to the terminal. */
import { createWriteStream, renameSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { Readable, type Writable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import { DirectoryInUseError, defaultDataDirectory, openDataDirectory } from "../data-directory.ts";
import { EXPORT_FORMAT_NAMES, EXPORT_FORMATS, type ExportFormatName } from "../export/export-formats.ts";
import { collectorSource, type SpanSource, storeSource } from "../export/span-source.ts";
import { SqliteTraceStore } from "../store/sqlite/sqlite-trace-store.ts";
import { DEFAULT_URL, isCollector, requireHttp } from "./collector-address.ts";
import { UsageError } from "./usage-error.ts";

export interface ExportFlags {
  readonly query?: string;
  readonly all?: boolean;
  readonly format: string;
  readonly out?: string;
  readonly url?: string;
  readonly data?: string;
  readonly project: string;
}

/** @returns 0 when every trace that was named is there. @throws UsageError; Error with a sentence */
export async function exportTraces(traceIds: readonly string[], flags: ExportFlags): Promise<number> {
  const format = EXPORT_FORMAT_NAMES.find((name) => name === flags.format);
  if (format === undefined) {
    throw new UsageError(`--format must be one of ${EXPORT_FORMAT_NAMES.join(", ")}, got ${flags.format}`);
  }
  const isSearch = flags.query !== undefined || flags.all === true;
  if (traceIds.length === 0 && !isSearch) throw new UsageError("name traces, or say which by --query, or --all");
  const { source, close } = await openSource(flags);
  const missing: string[] = [];
  let count = 0;
  const text = async function* () {
    for await (const traceId of selected(source, traceIds, isSearch ? (flags.query ?? "") : undefined)) {
      if (!(await isThere(source, traceId))) missing.push(traceId);
      else {
        // Between two conversations to be read.
        if (format === "markdown" && count > 0) yield "\n\n";
        count += 1;
        yield* EXPORT_FORMATS[format].write(source, traceId);
      }
    }
  };
  try {
    await writeTo(flags.out, text());
  } finally {
    await close();
  }
  if (flags.out !== undefined)
    process.stderr.write(`${count === 1 ? "1 trace" : `${count} traces`} to ${flags.out} as ${describe(format)}\n`);
  for (const traceId of missing) process.stderr.write(`everspan: no trace has the id ${JSON.stringify(traceId)}\n`);
  return missing.length === 0 ? 0 : 1;
}

const describe = (format: ExportFormatName) => `${format} (${EXPORT_FORMATS[format].says})`;

async function isThere(source: SpanSource, traceId: string): Promise<boolean> {
  return (await source.trace(traceId)) !== undefined;
}

async function* selected(
  source: SpanSource,
  traceIds: readonly string[],
  query: string | undefined,
): AsyncGenerator<string> {
  yield* traceIds;
  if (query !== undefined) yield* source.traceIds(new URLSearchParams(query));
}

/** What is named; else the user's store, or the collector that runs on it. */
async function openSource({
  url,
  data,
  project,
}: ExportFlags): Promise<{ source: SpanSource; close: () => Promise<void> }> {
  if (url !== undefined && data !== undefined) throw new UsageError("--url and --data name two places: give one");
  const token = process.env.EVERSPAN_TOKEN || undefined;
  const none = async () => {};
  if (url !== undefined) return { source: collectorSource(requireHttp(url), token), close: none };
  try {
    const directory = openDataDirectory(data ?? defaultDataDirectory());
    const store = new SqliteTraceStore({ path: directory.storePath });
    const close = async () => {
      await store.close();
      directory.release();
    };
    return { source: storeSource(store, project), close };
  } catch (error) {
    if (!(error instanceof DirectoryInUseError)) throw error;
    if (data !== undefined || !(await isCollector(DEFAULT_URL))) {
      throw new Error(`${error.message}: give the address of that collector by --url`);
    }
    return { source: collectorSource(DEFAULT_URL, token), close: none };
  }
}

/** A file is there whole or not at all. */
async function writeTo(out: string | undefined, text: AsyncIterable<string>): Promise<void> {
  if (out === undefined) {
    await toTerminal(text, process.stdout);
    return;
  }
  const path = resolve(out);
  const draft = `${path}.part`;
  try {
    await pipeline(Readable.from(text), createWriteStream(draft, { mode: 0o600 }));
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** Stays open, and waits for who reads it. One that reads no more (`| head`) is no failure. */
async function toTerminal(text: AsyncIterable<string>, out: Writable): Promise<void> {
  let isClosed = false;
  out.once("error", () => {
    isClosed = true;
  });
  for await (const piece of text) {
    if (isClosed) return;
    if (!out.write(piece))
      await Promise.race([new Promise((drained) => out.once("drain", drained)), finished(out).catch(() => {})]);
  }
}
