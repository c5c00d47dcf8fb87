import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { STORE_CAPABILITIES } from "../store/capabilities.ts";
import { producersContract } from "../store/producers.contract.ts";
import { SqliteTraceStore } from "../store/sqlite/sqlite-trace-store.ts";
import { storeFeaturesContract } from "../store/store-features.contract.ts";
import { snapshot, traceStoreContract } from "../store/trace-store.contract.ts";
import type { TraceStore } from "../store/trace-store.ts";
import { Peer, PeerGoneError } from "./peer.ts";
import { remoteStore } from "./remote-store.ts";
import { decodeValues, encodeValues } from "./store-calls.ts";
import type { OpenCall, WorkerRole } from "./worker-protocol.ts";
import { WorkerSide } from "./worker-side.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "everspan-workers-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Two ends of one connection. As in a socket, what is written while the other end is busy arrives together. */
function connected(): [Duplex, Duplex] {
  const ends: Duplex[] = [];
  const end = (other: () => Duplex) =>
    new Duplex({
      read() {},
      writev(chunks, done) {
        other().push(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)));
        setImmediate(done);
      },
      final(done) {
        other().push(null);
        done();
      },
    });
  ends.push(
    end(() => ends[1]!),
    end(() => ends[0]!),
  );
  return [ends[0]!, ends[1]!];
}

interface OpenedRemote {
  readonly store: TraceStore;
  readonly written: SqliteTraceStore;
}

/** A store over the workers' protocol, one worker writing and one reading, both in this process. */
async function openRemote(nowMs: () => number = Date.now): Promise<OpenedRemote> {
  let written: SqliteTraceStore | undefined;
  const open = async (role: WorkerRole, older: () => Peer): Promise<Peer> => {
    const [here, there] = connected();
    new WorkerSide(
      there,
      () => {},
      (options) => {
        written = new SqliteTraceStore({ ...options, nowMs });
        return written;
      },
    );
    const peer: Peer = new Peer(here, { calls: { older: ({ head }) => older().call("older", { head }) } });
    const head: OpenCall = { role, storePath: join(directory, "everspan.db"), retention: {}, projects: [], prices: [] };
    await peer.call("open", { head });
    return peer;
  };
  const writer: Peer = await open("writer", () => writer);
  const reader = await open("reader", () => writer);
  const call = async (peer: Peer, method: string, args: readonly unknown[]) =>
    decodeValues((await peer.call("store", { head: { method }, body: encodeValues(args) })).body);
  const store = remoteStore({
    capabilities: new Set(STORE_CAPABILITIES),
    write: (method, args) => call(writer, method, args),
    read: (method, args) => call(reader, method, args),
    close: async () => {
      for (const peer of [reader, writer]) {
        await peer.call("close");
        peer.close();
      }
    },
  });
  return { store, written: written! };
}

traceStoreContract("a store behind workers", async () => (await openRemote()).store);
producersContract("a store behind workers", async () => (await openRemote()).store);
storeFeaturesContract("a store behind workers", async () => {
  let nowMs = 0;
  const { store, written } = await openRemote(() => nowMs);
  const setTime = (next: number) => {
    nowMs = next;
  };
  return { store, setTime, settle: () => written.settle() };
});

test("a patch whose span changes between reading and writing is made again", async () => {
  const { store } = await openRemote();
  await store.write("p", [snapshot({ id: "s", name: "first" })]);
  let calls = 0;
  const patching = store.patch("p", "s", (current) => {
    calls += 1;
    if (calls === 1) void store.write("p", [{ ...current, revision: current.revision + 1, name: "meanwhile" }]);
    return { ...current, revision: current.revision + 1, data: { seen: current.name } };
  });
  expect(await patching).toMatchObject({ name: "meanwhile", data: { seen: "meanwhile" } });
  expect(calls).toBe(2);
  await store.close();
});

test("what waits for an answer is told when the other side is gone", async () => {
  const [here, there] = connected();
  const peer = new Peer(here, { calls: {} });
  const waiting = peer.call("anything");
  there.destroy();
  here.destroy();
  await expect(waiting).rejects.toThrow(PeerGoneError);
  await expect(peer.call("anything")).rejects.toThrow(PeerGoneError);
});
