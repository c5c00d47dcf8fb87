/** `everspan import`: files into a running collector, or into the store of one that does not run. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DirectoryInUseError, defaultDataDirectory, openDataFolder } from "../data-directory.ts";
import { openCollectorTarget } from "../import/collector-target.ts";
import { type ImportReport, importFile } from "../import/import-file.ts";
import { ImportRecord } from "../import/import-record.ts";
import type { ImportTarget } from "../import/import-target.ts";
import { openStoreTarget } from "../import/store-target.ts";
import { oneLine } from "../logger.ts";
import { DEFAULT_URL, isCollector, requireHttp } from "./collector-address.ts";
import { UsageError } from "./usage-error.ts";

export interface ImportFlags {
  readonly url?: string;
  readonly data?: string;
  readonly project: string;
}

/** How often the line of progress is written anew. */
const PROGRESS_MS = 200;

/** @returns 0 when all of every file was taken, else 1. @throws UsageError; Error: the target can't be used */
export async function importFiles(files: readonly string[], flags: ImportFlags): Promise<number> {
  const target = await openTarget(flags);
  const records = join(openDataFolder(defaultDataDirectory()), "imports");
  let isWhole = true;
  try {
    for (const path of files) isWhole = (await importOne(path, target, records)) && isWhole;
  } finally {
    await target.close();
  }
  return isWhole ? 0 : 1;
}

/** What is named; else the user's store, or the collector that runs on it. */
async function openTarget({ url, data, project }: ImportFlags): Promise<ImportTarget> {
  if (url !== undefined && data !== undefined) throw new UsageError("--url and --data name two places: give one");
  if (url !== undefined) return collectorAt(url);
  try {
    return openStoreTarget(data ?? defaultDataDirectory(), project);
  } catch (error) {
    if (!(error instanceof DirectoryInUseError)) throw error;
    if (data !== undefined || !(await isCollector(DEFAULT_URL))) {
      throw new Error(`${error.message}: give the address of that collector by --url`);
    }
    return collectorAt(DEFAULT_URL);
  }
}

function collectorAt(url: string): ImportTarget {
  return openCollectorTarget({ url: requireHttp(url), token: process.env.EVERSPAN_TOKEN || undefined, sleep });
}

async function importOne(path: string, target: ImportTarget, records: string): Promise<boolean> {
  const shown = oneLine(path);
  const progress = new Progress(shown);
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) throw new Error("there is no such file");
    if (stats.isDirectory()) throw new Error("it is a directory: name the files in it");
    progress.start(stats.size);
    const report = await importFile({
      path,
      target,
      record: new ImportRecord(records, path, target.name),
      onRead: (bytes) => progress.read(bytes),
      onWritten: (spans) => progress.written(spans),
    });
    progress.stop();
    tell(shown, target, report);
    return report.refused === 0;
  } catch (error) {
    progress.stop();
    process.stderr.write(`everspan: ${shown}: ${oneLine((error as Error).message)}\n`);
    return false;
  }
}

function tell(shown: string, target: ImportTarget, report: ImportReport): void {
  const { format, spans, changed, refused, resumedAt, problems, leftOut, traceIds } = report;
  const resumed = resumedAt > 0 ? `, ${resumedAt} of an earlier attempt` : "";
  const counts = `${changed} new or changed, ${spans - changed} there already, ${refused} refused${resumed}`;
  process.stdout.write(`${shown}: ${format}, ${spans === 1 ? "1 span" : `${spans} spans`}: ${counts}\n`);
  if (leftOut.size > 0) {
    const kinds = [...leftOut].map(([kind, count]) => `${count} ${oneLine(kind.slice(0, 40))}`);
    process.stdout.write(`  values that are no part of a span: ${kinds.slice(0, 10).join(", ")}\n`);
  }
  if (traceIds.length === 1) {
    const id = traceIds[0]!;
    const place = /^https?:/.test(target.name) ? new URL(`/traces/${encodeURIComponent(id)}`, target.name).href : id;
    process.stdout.write(`  ${oneLine(place)}\n`);
  }
  for (const problem of problems) process.stderr.write(`  ${oneLine(problem)}\n`);
  if (refused > problems.length) process.stderr.write(`  and ${refused - problems.length} more\n`);
}

/** A line that is written anew, where somebody looks at a terminal. */
class Progress {
  readonly #name: string;
  #size = 0;
  #bytes = 0;
  #spans = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  start(size: number): void {
    this.#size = size;
    if (process.stderr.isTTY === true) this.#timer = setInterval(() => this.#show(), PROGRESS_MS);
  }

  read(bytes: number): void {
    this.#bytes = bytes;
  }

  written(spans: number): void {
    this.#spans = spans;
  }

  stop(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    process.stderr.write("\r\x1b[K");
  }

  #show(): void {
    const percent = this.#size === 0 ? 100 : Math.floor((this.#bytes / this.#size) * 100);
    process.stderr.write(`\r\x1b[K${this.#name}: ${percent} % read, ${this.#spans} spans written`);
  }
}
