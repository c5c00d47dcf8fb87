import { ManualClock, SimulatedDisk } from "@everspan/testkit";
import { describe, expect, test } from "vitest";
import { attempt, readStart, removeFile, writeFully } from "./file-steps.ts";
import { errorCode } from "./spool-fs.ts";
import { call, runOffLoop, runSync, type Steps } from "./steps.ts";

function diskWith(text: string): SimulatedDisk {
  const disk = new SimulatedDisk(new ManualClock());
  disk.sync.write(disk.sync.open("/file", "create"), Buffer.from(text), 0);
  return disk;
}

describe.each<[how: string, run: <Result>(disk: SimulatedDisk, steps: Steps<Result>) => Promise<Result>]>([
  ["within a turn", async (disk, steps) => runSync(disk, steps)],
  ["off the event loop", (disk, steps) => runOffLoop(disk, steps)],
])("%s", (_how, run) => {
  test("bytes are written whole, however short the single writes are", async () => {
    const disk = diskWith("0123456789");
    disk.onCall = ({ name }) => (name === "write" ? { partialBytes: 2 } : undefined);
    await run(disk, writeFully(disk.sync.open("/file", "write"), Buffer.from("abcde"), 3));
    expect(disk.contents("/file").toString()).toBe("012abcde89");
  });

  test("a write that makes no progress is a full disk; nothing to write is no write", async () => {
    const disk = diskWith("");
    const stuck = {
      ...disk,
      offLoop: { ...disk.offLoop, write: async () => 0 },
      sync: { ...disk.sync, write: () => 0 },
    };
    const write = (text: string) => run(stuck as never, writeFully(3, Buffer.from(text), 0));
    await expect(write("a")).rejects.toMatchObject({ code: "ENOSPC" });
    await expect(write("")).resolves.toBeUndefined();
  });

  test("the start of a file is read up to its bound, and the file is closed", async () => {
    const disk = diskWith("0123456789");
    const open = disk.openFiles;
    const start = async (path: string, bytes: number) => (await run(disk, readStart(path, bytes)))?.toString();
    expect(await start("/file", 4)).toBe("0123");
    expect(await start("/file", 100)).toBe("0123456789");
    expect(await start("/none", 4)).toBeUndefined();
    expect(await start("/", 4)).toBeUndefined();
    disk.onRead = () => "EIO";
    await expect(start("/file", 4)).rejects.toThrow("EIO");
    expect(disk.openFiles).toBe(open);
  });

  test("a file that is shorter than its status said is read as far as it goes, in as many reads as it takes", async () => {
    const disk = diskWith("0123456789");
    const { read, status } = disk.sync;
    Object.assign(disk.sync, {
      read: (fd: number, target: Uint8Array, position: number) => read(fd, target.subarray(0, 3), position),
      status: (path: string) => ({ ...status(path)!, bytes: 15 }),
    });
    expect((await run(disk, readStart("/file", 20)))?.toString()).toBe("0123456789");
  });

  test("a file is removed, or was", async () => {
    const disk = diskWith("");
    await run(disk, removeFile("/file"));
    await run(disk, removeFile("/file"));
    expect(disk.files()).toEqual([]);
    disk.onCall = () => ({ code: "EPERM" });
    await expect(run(disk, removeFile("/file"))).rejects.toThrow("EPERM");
  });

  test("what may fail says whether it did", async () => {
    const disk = diskWith("");
    expect(
      await run(
        disk,
        attempt(() => call((fs) => fs.unlink("/file"))),
      ),
    ).toBe(true);
    expect(
      await run(
        disk,
        attempt(() => call((fs) => fs.unlink("/file"))),
      ),
    ).toBe(false);
  });

  test("an error of a call can be caught in the protocol, which goes on", async () => {
    const seen: unknown[] = [];
    function* protocol(): Steps<string> {
      try {
        yield* call((fs) => fs.rmdir("/none"));
      } catch (error) {
        seen.push(errorCode(error));
      }
      seen.push(yield* call((fs) => fs.readdir("/")));
      return "the end";
    }
    expect(await run(diskWith(""), protocol())).toBe("the end");
    expect(seen).toEqual(["ENOENT", ["file"]]);
  });
});

test("each call off the event loop is watched", async () => {
  let watched = 0;
  await runOffLoop(diskWith("abc"), readStart("/file", 10), (running) => {
    watched += 1;
    return running;
  });
  expect(watched).toBe(4);
});

test.each<[what: string, thrown: unknown, code: string]>([
  ["an error of the system", Object.assign(new Error("x"), { code: "EIO" }), "EIO"],
  ["an error without a code", new Error("x"), "UNKNOWN"],
  ["a code that is no text", { code: 5 }, "UNKNOWN"],
  ["nothing", undefined, "UNKNOWN"],
  ["null", null, "UNKNOWN"],
  ["a text", "EIO", "UNKNOWN"],
])("the code of %s", (_what, thrown, code) => {
  expect(errorCode(thrown)).toBe(code);
});
