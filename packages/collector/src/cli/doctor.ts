/** `everspan doctor`: says in sentences what is wrong with a collector and what is around it. */
import { existsSync, readFileSync, statfsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { ProducerListResponse } from "@everspan/protocol";
import { TokenFile } from "../access/token-file.ts";
import { openDataFolder } from "../data-directory.ts";
import { oneLine } from "../logger.ts";
import { NEWEST_FORMAT } from "../store/sqlite/schema/schema.ts";
import { DatabaseSync } from "../store/sqlite/schema/sqlite.ts";
import { VERSION } from "../version.ts";

export interface DoctorOptions {
  readonly data: string;
  /** Where the collector should be. */
  readonly url: string;
  readonly token: string | undefined;
}

export interface Finding {
  readonly level: "ok" | "warning" | "problem";
  readonly text: string;
}

const MIN_FREE_BYTES = 1024 ** 3;
/** A larger store is not read through, since that takes minutes. */
const MAX_CHECKED_BYTES = 2 * 1024 ** 3;
const ANSWER_MS = 3_000;
/** Before this version was made, in milliseconds since the epoch: a clock that says so is wrong. */
const EARLIEST_MS = Date.UTC(2025, 0, 1);

/** @returns 1 when there is a problem */
export async function doctor(options: DoctorOptions): Promise<number> {
  const findings = await examine(options);
  for (const { level, text } of findings) process.stdout.write(`${level.padEnd(8)} ${oneLine(text)}\n`);
  return findings.some(({ level }) => level === "problem") ? 1 : 0;
}

export async function examine({ data, url, token }: DoctorOptions): Promise<Finding[]> {
  return [
    ...safely("Node", () => examineNode(process.versions.node, Date.now())),
    ...safely("the SDK", () => examineSdk(process.cwd())),
    ...safely("the data directory", () => examineData(data)),
    ...(await examineCollector(url, token).catch((error: Error) => [problem(error.message)])),
  ];
}

export function examineNode(version: string, nowMs: number): Finding[] {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isSupported = major > 20 || (major === 20 && minor >= 19);
  return [
    isSupported
      ? ok(`Node ${version}, Everspan ${VERSION}`)
      : problem(`Node ${version} is older than 20.19: update it`),
    ...(nowMs < EARLIEST_MS
      ? [problem(`the clock says ${new Date(nowMs).toISOString()}: spans will bear that time`)]
      : []),
  ];
}

/** The SDK that a program started here would load. */
function examineSdk(directory: string): Finding[] {
  const manifest = createRequire(join(directory, "package.json"));
  let path: string;
  try {
    path = manifest.resolve("everspan/package.json");
  } catch {
    return [ok("no program here has the SDK installed")];
  }
  const { version } = JSON.parse(readFileSync(path, "utf8")) as { version: string };
  if (version === VERSION) return [ok(`the SDK here is ${version}, like this collector`)];
  return [warning(`the SDK here is ${version}, this collector ${VERSION}: install the same version of both`)];
}

function examineData(data: string): Finding[] {
  if (!existsSync(data)) return [warning(`${data} does not exist yet: the first start makes it`)];
  const path = openDataFolder(data);
  const { bavail, bsize } = statfsSync(path);
  const freeBytes = bavail * bsize;
  const free = `${Math.floor(freeBytes / 1024 ** 2)} MiB are free on the disk of ${path}`;
  const expired = new TokenFile(path)
    .list()
    .filter(({ expiresAt }) => expiresAt !== null && Date.parse(expiresAt) < Date.now());
  return [
    freeBytes < MIN_FREE_BYTES ? problem(`${free}: when it is full, spans are refused`) : ok(free),
    ...expired.map(({ id, name }) =>
      warning(`token ${id} (${name}) has expired: revoke it, or senders will be refused`),
    ),
    ...examineStore(join(path, "everspan.db")),
  ];
}

function examineStore(path: string): Finding[] {
  if (!existsSync(path) || statSync(path).size === 0) return [ok("the store is empty")];
  const bytes = statSync(path).size;
  const database = new DatabaseSync(path, { readOnly: true, defensive: true, timeout: 5_000 });
  try {
    database.exec("PRAGMA trusted_schema = OFF");
    const format = (database.prepare("PRAGMA user_version").get() as { user_version: number }).user_version;
    if (format > NEWEST_FORMAT)
      return [problem(`the store has format ${format}: a newer Everspan made it, update this one`)];
    if (bytes > MAX_CHECKED_BYTES)
      return [ok(`the store has ${bytes} bytes; its pages were not looked at, for their number`)];
    const [first] = database.prepare("PRAGMA quick_check(1)").all() as { quick_check: string }[];
    if (first?.quick_check === "ok") return [ok(`the store has ${bytes} bytes, and its pages are whole`)];
    return [problem(`the store is damaged (${first?.quick_check}): restore a backup`)];
  } finally {
    database.close();
  }
}

async function examineCollector(url: string, token: string | undefined): Promise<Finding[]> {
  const ask = (path: string) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return fetch(new URL(path, url), { headers, signal: AbortSignal.timeout(ANSWER_MS) });
  };
  const health = await ask("/healthz").catch(() => undefined);
  if (health === undefined) return [warning(`no collector answers at ${url}: start one with everspan serve`)];
  const body = (await health.json().catch(() => undefined)) as
    | { status?: string; error?: { message: string } }
    | undefined;
  if (body?.error !== undefined) return [problem(`the collector at ${url} can't store: ${body.error.message}`)];
  if (body?.status !== "ok") return [problem(`what answers at ${url} is another program: use another port`)];
  const producers = await ask("/api/producers?limit=1000");
  if (producers.status === 401 || producers.status === 403) {
    return [
      ok(`a collector answers at ${url}`),
      warning("it asks for a token that may read: set EVERSPAN_TOKEN to see more"),
    ];
  }
  return [ok(`a collector answers at ${url}`), ...losses((await producers.json()) as ProducerListResponse)];
}

function losses({ producers }: ProducerListResponse): Finding[] {
  return producers.flatMap(({ id, service, ledger, missingRecords }) => {
    const dropped = Object.entries(ledger?.dropped ?? {}).map(([reason, records]) => `${records} by ${reason}`);
    const missing = missingRecords > 0 ? [`${missingRecords} that never arrived`] : [];
    if (dropped.length + missing.length === 0) return [];
    const who = `producer ${id.slice(0, 8)} of ${service ?? "an unnamed service"}`;
    return [warning(`${who} lost records: ${[...dropped, ...missing].join(", ")}; see docs/reference/drop-reasons.md`)];
  });
}

function safely(what: string, examine: () => Finding[]): Finding[] {
  try {
    return examine();
  } catch (error) {
    return [problem(`${what}: ${error instanceof Error ? error.message : String(error)}`)];
  }
}

const ok = (text: string): Finding => ({ level: "ok", text });
const warning = (text: string): Finding => ({ level: "warning", text });
const problem = (text: string): Finding => ({ level: "problem", text });
