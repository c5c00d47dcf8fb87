import { hostname } from "node:os";
import { isMainThread, threadId } from "node:worker_threads";
import { beforeEach, describe, expect, test, vi } from "vitest";
import {
  formatOwner,
  HEARTBEAT_STALE_MS,
  isOwnerAlive,
  type Owner,
  type OwnerIdentity,
  type ProcessTable,
  parseOwner,
  processTable,
} from "./lock.ts";

const OWNER: Owner = {
  pid: 42,
  startTicks: "4711",
  bootId: "boot-1",
  pidNamespace: "pid:[1]",
  host: "a host/ü",
  threadId: 3,
  firstSeq: 17,
  lanes: ["sgp", "with space\n", "é"],
};
const TEXT = formatOwner(OWNER).toString("latin1");

describe("an owner file", () => {
  test("has a line for each thing, and one that says that it is whole", () => {
    expect(TEXT.split("\n")).toEqual([
      "everspan-owner 1",
      "pid 42",
      "start 4711",
      "boot boot-1",
      "pidns pid:[1]",
      "host a%20host%2F%C3%BC",
      "thread 3",
      "first 17",
      "lane sgp",
      "lane with%20space%0A",
      "lane %C3%A9",
      "end",
      "",
    ]);
  });

  test("leaves out what the system does not say", () => {
    expect(formatOwner({ pid: 1, host: "h", firstSeq: 1, lanes: [] }).toString("latin1")).toBe(
      "everspan-owner 1\npid 1\nhost h\nfirst 1\nend\n",
    );
  });

  test.each<[what: string, owner: Owner]>([
    ["of everything", OWNER],
    ["of what every system knows", { pid: 1, host: "", firstSeq: 1, lanes: [] }],
  ])("%s comes back as it was written", (_what, owner) => {
    expect(parseOwner(formatOwner(owner).toString("latin1"))).toStrictEqual(owner);
  });

  test("names a lane with half a surrogate pair as UTF-8 has it", () => {
    expect(parseOwner(formatOwner({ ...OWNER, lanes: ["\ud800"] }).toString("latin1"))).toMatchObject({
      lanes: ["\ufffd"],
    });
  });

  test("is damaged wherever it is cut", () => {
    for (let length = 0; length < TEXT.length; length += 1) expect(parseOwner(TEXT.slice(0, length))).toBe("damaged");
  });

  test.each<[what: string, text: string, reading: unknown]>([
    ["of a later version, whole", "everspan-owner 2\nwhatever\nend\n", "newer"],
    ["of a later version, cut", "everspan-owner 2\nwhatever\n", "damaged"],
    ["of something else", "something else\nend\n", "damaged"],
    ["without its first line", TEXT.slice(TEXT.indexOf("\n") + 1), "damaged"],
    ["whose end is glued to a line", "everspan-owner 1\npid 1\nfirst 1\nhost aend\n", "damaged"],
    ["without a process", "everspan-owner 1\nfirst 1\nend\n", "damaged"],
    ["with a process that is no number", "everspan-owner 1\npid one\nfirst 1\nend\n", "damaged"],
    ["without a first record", "everspan-owner 1\npid 1\nend\n", "damaged"],
    ["with lines that nobody knows", "everspan-owner 1\npid 1\nnew\nfirst 2\nend\n", {}],
    ["with a host that is no encoding", "everspan-owner 1\npid 1\nfirst 2\nhost %zz\nend\n", { host: "%zz" }],
    ["with a thread that is no number", "everspan-owner 1\npid 1\nfirst 2\nthread x\nend\n", {}],
  ])("%s", (_what, text, reading) => {
    const owner = { pid: 1, host: "", firstSeq: 2, lanes: [] };
    expect(parseOwner(text)).toEqual(typeof reading === "string" ? reading : { ...owner, ...(reading as object) });
  });
});

describe("an owner is", () => {
  const self: OwnerIdentity = { pid: 1, startTicks: "10", bootId: "b", pidNamespace: "n", host: "h" };
  const other: OwnerIdentity = { ...self, pid: 2, startTicks: "20" };
  const processes: ProcessTable = {
    self: () => self,
    isRunning: (pid) => pid <= 2,
    startTicksOf: (pid) => (pid <= 2 ? `${pid}0` : undefined),
    hasThreadEnded: (id) => id === 9,
  };
  const inThread: ProcessTable = { ...processes, self: () => ({ ...self, threadId: 5 }) };
  const silent: ProcessTable = { ...processes, startTicksOf: () => undefined };

  /** Whether it lives while its heartbeat is fresh, and when it is stale. */
  test.each<[what: string, owner: OwnerIdentity, fresh: boolean, stale: boolean, table?: ProcessTable]>([
    ["this process", self, true, true],
    ["another that runs", other, true, true],
    ["one that does not run", { ...other, pid: 3, startTicks: "30" }, false, false],
    ["one whose id was given to another", { ...other, startTicks: "21" }, false, false],
    ["one from before a restart of this machine", { ...other, bootId: "before" }, false, false],
    ["one from a boot nobody knows, on this machine", withoutBoot(other), false, false],
    ["one of another machine", { ...other, host: "elsewhere" }, true, false],
    ["one of another machine and boot", { ...other, host: "elsewhere", bootId: "c" }, true, false],
    ["one of another namespace", { ...other, pidNamespace: "m" }, true, false],
    ["one that runs, of no known start", withoutStart(other), true, false],
    ["one that runs, where the system does not say since when", other, true, false, silent],
    ["this thread", { ...self, threadId: 5 }, true, true, inThread],
    ["a thread of this process that ended", { ...self, threadId: 9 }, false, false],
    ["a thread of this process that nobody saw end", { ...self, threadId: 8 }, true, false],
    ["a thread of another process, with this one's number", { ...other, threadId: 5 }, true, false, inThread],
    ["a thread of another process, with the number of one that ended", { ...other, threadId: 9 }, true, false],
  ])("%s", (_what, owner, fresh, stale, table = processes) => {
    expect(isOwnerAlive(owner, HEARTBEAT_STALE_MS - 1, table)).toBe(fresh);
    expect(isOwnerAlive(owner, HEARTBEAT_STALE_MS, table)).toBe(stale);
  });

  function withoutBoot({ bootId: _, ...rest }: OwnerIdentity): OwnerIdentity {
    return rest;
  }

  function withoutStart({ startTicks: _, ...rest }: OwnerIdentity): OwnerIdentity {
    return rest;
  }
});

describe("the processes of this machine", () => {
  const NO_PROCESS = 2 ** 22 + 1;

  /** A table of its own for each test: what it says of this process it reads once. */
  let processes: ProcessTable;
  beforeEach(() => {
    processes = processTable();
  });

  test("know this one, which runs, by the same words each time", () => {
    const self = processes.self();
    expect(self).toMatchObject({ pid: process.pid, host: hostname() });
    expect(processes.self()).toBe(self);
    expect(processes.isRunning(process.pid)).toBe(true);
    expect(processes.startTicksOf(process.pid)).toBe(self.startTicks);
    expect(isOwnerAlive(self, Number.POSITIVE_INFINITY, processes)).toBe(true);
  });

  test.runIf(process.platform === "linux")("know when it started, its boot and its namespace", () => {
    const self = processes.self();
    expect(self).toStrictEqual({
      pid: process.pid,
      startTicks: expect.stringMatching(/^\d+$/),
      bootId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      pidNamespace: expect.stringMatching(/^pid:\[\d+\]$/),
      host: hostname(),
      ...(isMainThread ? {} : { threadId }),
    });
    expect(processes.startTicksOf(1)).toMatch(/^\d+$/);
  });

  test.runIf(process.platform === "linux" && isMainThread)("know its start whatever it is called", () => {
    const { title } = process;
    const startTicks = processes.startTicksOf(process.pid);
    try {
      process.title = "a (b) c d";
      expect(processes.startTicksOf(process.pid)).toBe(startTicks);
    } finally {
      process.title = title;
    }
  });

  test.each([
    ["EPERM", true],
    ["ESRCH", false],
  ])("take a process for running: it may not be asked, %s: %s", (code, isRunning) => {
    const kill = vi.spyOn(process, "kill").mockImplementation(() => {
      throw Object.assign(new Error(code), { code });
    });
    try {
      expect(processes.isRunning(1)).toBe(isRunning);
      expect(kill.mock.calls).toEqual([[1, 0]]);
    } finally {
      kill.mockRestore();
    }
  });

  test("know nothing of a process that is not there", () => {
    expect(processes.isRunning(NO_PROCESS)).toBe(false);
    expect(processes.startTicksOf(NO_PROCESS)).toBeUndefined();
  });
});
