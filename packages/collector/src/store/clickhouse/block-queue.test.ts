import { describe, expect, test } from "vitest";
import { StoreBusyError, StoreUnavailableError } from "../store-errors.ts";
import { BlockQueue } from "./block-queue.ts";

type Insert = readonly [table: string, rows: readonly string[]];

/** Where each insert waits for the test. */
class HeldTarget {
  readonly inserts: Insert[] = [];
  #waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];

  insert(table: string, rows: readonly string[]): Promise<void> {
    this.inserts.push([table, rows]);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async answer(error?: Error): Promise<void> {
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if (error === undefined) resolve();
      else reject(error);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }

  get tables(): string[] {
    return this.inserts.map(([table]) => table);
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("a block", () => {
  test("goes in steps: what spans refer to, spans, that they were touched", async () => {
    const target = new HeldTarget();
    const queue = new BlockQueue(target, 100);
    let isStored = false;
    const written = queue.add({ touches: ["t"], spans: ["s"], blobs: ["b"] }).then(() => {
      isStored = true;
    });
    await settled();
    expect(target.tables).toEqual(["blobs"]);
    await target.answer();
    expect(target.tables).toEqual(["blobs", "spans"]);
    await target.answer();
    expect(target.tables).toEqual(["blobs", "spans", "touches"]);
    expect(isStored).toBe(false);
    await target.answer();
    await written;
  });

  test("joins what came while one was under way, each row once", async () => {
    const target = new HeldTarget();
    const queue = new BlockQueue(target, 100);
    const writes = [queue.add({ spans: ["1"] })];
    await settled();
    writes.push(queue.add({ spans: ["2"] }), queue.add({ spans: ["3", "2"] }));
    await target.answer();
    expect(target.inserts).toEqual([
      ["spans", ["1"]],
      ["spans", ["2", "3"]],
    ]);
    await target.answer();
    await Promise.all(writes);
  });

  test("that fails fails all who are in it, and the next goes on", async () => {
    const target = new HeldTarget();
    const queue = new BlockQueue(target, 100);
    const failed = [queue.add({ spans: ["1"] }), queue.add({ spans: ["2"], touches: ["t"] })];
    const outcomes = Promise.allSettled(failed);
    await settled();
    await target.answer(new StoreUnavailableError("away"));
    expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(target.tables).toEqual(["spans"]);
    const next = queue.add({ spans: ["3"] });
    await settled();
    await target.answer();
    await next;
  });

  test("that would be too much is refused, and taken once there is room", async () => {
    const target = new HeldTarget();
    const queue = new BlockQueue(target, 2);
    const first = queue.add({ spans: ["1", "2"] });
    await expect(queue.add({ spans: ["3"] })).rejects.toBeInstanceOf(StoreBusyError);
    await settled();
    await target.answer();
    await first;
    const again = queue.add({ spans: ["3"] });
    await settled();
    await target.answer();
    await again;
    await queue.close();
    await expect(queue.add({ spans: ["4"] })).rejects.toBeInstanceOf(StoreUnavailableError);
  });
});
