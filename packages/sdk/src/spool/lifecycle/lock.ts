import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { hasThreadEnded, ownThreadId } from "./threads.ts";

/**
 * Who owns an incarnation directory, and whether that process still lives.
 *
 * A process id alone is not enough: it is re-used after a crash, it is 1 in each container, and it means nothing in
 * another pid namespace or on another machine. So the `owner` file also holds the process's start time, the machine's
 * boot and its pid namespace. Where these can't be compared the owner's heartbeat decides.
 */
export interface OwnerIdentity {
  readonly pid: number;
  /** Start time in clock ticks since boot; absent where the system has no `/proc`. */
  readonly startTicks?: string;
  readonly bootId?: string;
  readonly pidNamespace?: string;
  readonly host: string;
  /** Absent for the main thread. A worker thread may end long before its process. */
  readonly threadId?: number;
}

export interface Owner extends OwnerIdentity {
  /** Of the incarnation's first record: 1, or more when a directory had to be made anew. */
  readonly firstSeq: number;
  /** In the order of the bits in a record's lane mask. */
  readonly lanes: readonly string[];
}

/** The processes of this machine. */
export interface ProcessTable {
  self(): OwnerIdentity;
  isRunning(pid: number): boolean;
  /** Undefined where the system does not say. */
  startTicksOf(pid: number): string | undefined;
  /** True when a thread of this process is known to be over. */
  hasThreadEnded(threadId: number): boolean;
}

const OWNER_MAGIC = "everspan-owner 1";
const OWNER_PREFIX = "everspan-owner ";

/** An owner that can only be judged by its heartbeat is dead after this silence: six beats. */
export const HEARTBEAT_STALE_MS = 60_000;

export function formatOwner(owner: Owner): Buffer {
  const lines = [
    OWNER_MAGIC,
    `pid ${owner.pid}`,
    ...(owner.startTicks === undefined ? [] : [`start ${owner.startTicks}`]),
    ...(owner.bootId === undefined ? [] : [`boot ${owner.bootId}`]),
    ...(owner.pidNamespace === undefined ? [] : [`pidns ${owner.pidNamespace}`]),
    `host ${encodeURIComponent(owner.host)}`,
    ...(owner.threadId === undefined ? [] : [`thread ${owner.threadId}`]),
    `first ${owner.firstSeq}`,
    ...owner.lanes.map((lane) => `lane ${encodeURIComponent(laneText(lane))}`),
    "end",
  ];
  return Buffer.from(`${lines.join("\n")}\n`, "latin1");
}

/** A lane's name as UTF-8 has it: `encodeURIComponent` throws for half a surrogate pair. */
function laneText(name: string): string {
  return Buffer.from(name, "utf8").toString("utf8");
}

/** `newer`: a version this code can't judge, which is therefore left alone. `damaged`: torn by a power cut. */
export type OwnerReading = Owner | "newer" | "damaged";

export function parseOwner(text: string): OwnerReading {
  const lines = text.split("\n");
  if (lines[0] !== OWNER_MAGIC)
    return lines[0]?.startsWith(OWNER_PREFIX) && text.endsWith("end\n") ? "newer" : "damaged";
  if (!text.endsWith("\nend\n")) return "damaged";
  const fields = lines.slice(1).map((line): [string, string] => {
    const space = line.indexOf(" ");
    return space < 0 ? [line, ""] : [line.slice(0, space), line.slice(space + 1)];
  });
  const field = (name: string) => fields.find(([key]) => key === name)?.[1];
  const pid = Number(field("pid"));
  const firstSeq = Number(field("first"));
  if (!Number.isSafeInteger(pid) || !Number.isSafeInteger(firstSeq)) return "damaged";
  const threadId = Number(field("thread") ?? Number.NaN);
  return {
    pid,
    ...whereKnown("startTicks", field("start")),
    ...whereKnown("bootId", field("boot")),
    ...whereKnown("pidNamespace", field("pidns")),
    host: decoded(field("host") ?? ""),
    ...(Number.isSafeInteger(threadId) ? { threadId } : {}),
    firstSeq,
    lanes: fields.filter(([key]) => key === "lane").map(([, name]) => decoded(name)),
  };
}

/** A part of the identity that not every system, thread or file has. */
function whereKnown<Key extends keyof OwnerIdentity>(
  key: Key,
  value: OwnerIdentity[Key] | undefined,
): { readonly [Part in Key]?: OwnerIdentity[Key] } {
  return value === undefined ? {} : ({ [key]: value } as { [Part in Key]: OwnerIdentity[Key] });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * True while the owner may still write. To take a living owner for dead costs duplicates, which are merged; to take a
 * dead one for alive only delays its records; neither loses any.
 */
export function isOwnerAlive(owner: OwnerIdentity, heartbeatAgeMs: number, processes: ProcessTable): boolean {
  const self = processes.self();
  if (owner.host === self.host && owner.bootId !== self.bootId) return false;
  const isComparable = owner.pidNamespace === self.pidNamespace && owner.host === self.host;
  if (!isComparable) return heartbeatAgeMs < HEARTBEAT_STALE_MS;
  if (!processes.isRunning(owner.pid)) return false;
  const startTicks = processes.startTicksOf(owner.pid);
  if (owner.startTicks === undefined || startTicks === undefined) return heartbeatAgeMs < HEARTBEAT_STALE_MS;
  if (owner.startTicks !== startTicks) return false;
  if (owner.threadId === undefined || (owner.pid === self.pid && owner.threadId === self.threadId)) return true;
  if (owner.pid === self.pid && processes.hasThreadEnded(owner.threadId)) return false;
  return heartbeatAgeMs < HEARTBEAT_STALE_MS;
}

/** Field 22 of `/proc/PID/stat`, counted behind the command's name, which may contain spaces and parentheses. */
function startTicksFrom(stat: string): string | undefined {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

function tryRead<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function readSelf(): OwnerIdentity {
  return {
    pid: process.pid,
    ...whereKnown("startTicks", startTicksOf(process.pid)),
    ...whereKnown(
      "bootId",
      tryRead(() => readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim()),
    ),
    ...whereKnown(
      "pidNamespace",
      tryRead(() => readlinkSync("/proc/self/ns/pid")),
    ),
    host: hostname(),
    ...whereKnown("threadId", ownThreadId),
  };
}

function startTicksOf(pid: number): string | undefined {
  return tryRead(() => startTicksFrom(readFileSync(`/proc/${pid}/stat`, "latin1")));
}

/** Reads what this process is when it is first asked, and says the same from then on. */
export function processTable(): ProcessTable {
  let self: OwnerIdentity | undefined;
  return {
    self() {
      self ??= readSelf();
      return self;
    },
    isRunning(pid) {
      try {
        process.kill(pid, 0);
        return true;
      } catch (error) {
        return (error as NodeJS.ErrnoException).code !== "ESRCH";
      }
    },
    hasThreadEnded,
    startTicksOf,
  };
}

export const systemProcesses: ProcessTable = processTable();
