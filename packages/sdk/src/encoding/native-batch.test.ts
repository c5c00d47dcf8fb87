import { hash } from "node:crypto";
import { decodeNativeBatch, encodeNativeBatch, type SpanSnapshot } from "@everspan/protocol";
import { expect, test } from "vitest";
import { BodyBuilder } from "./body-builder.ts";
import { nativeBatch } from "./native-batch.ts";

const nameBlob = (encoded: string) => hash("sha256", encoded).slice(0, 32);

function conversation(steps: number): SpanSnapshot[] {
  const messages: object[] = [{ role: "system", content: "You are careful. ".repeat(3_000) }];
  return Array.from({ length: steps }, (_, i) => {
    messages.push({ role: "user", content: `question ${i} `.repeat(50) });
    return {
      phase: "ended",
      revision: 1,
      traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
      id: `span-${i}`,
      name: "llm",
      type: "COMPLETION",
      status: "OK",
      startTime: "2026-01-31T12:00:00.000000Z",
      endTime: "2026-01-31T12:00:01.000000Z",
      input: { messages: [...messages] },
      output: { $blob: "the application's own key", text: "answer ".repeat(i) },
      data: { step: i },
    };
  });
}

async function encoded(snapshots: readonly SpanSnapshot[]): Promise<string> {
  const body = await new BodyBuilder().compose((writer) => nativeBatch(snapshots, writer));
  return Buffer.concat(body.pieces as Uint8Array[]).toString("utf8");
}

test("a batch says the same as the protocol's own codec, and gives back each snapshot", async () => {
  for (const steps of [0, 1, 30]) {
    const snapshots = conversation(steps);
    const body: unknown = JSON.parse(await encoded(snapshots));
    expect(body).toEqual(JSON.parse(encodeNativeBatch(snapshots, { nameBlob })));
    expect(decodeNativeBatch(body, nameBlob)).toMatchObject({ ok: true, batch: { snapshots, rejected: [] } });
  }
});

test("what each step of a conversation sends again is in the batch once", async () => {
  const text = await encoded(conversation(30));
  expect(text.split("You are careful.").length - 1).toBe(3_000);
  expect(text.split("question 7 ").length - 1).toBe(50);
});

test("what earlier batches brought is not encoded again, and is not missing either when it is no longer kept", async () => {
  const memory = new WeakMap();
  const snapshots = conversation(30);
  const kept = new Map<string, unknown>();
  let hasKept = true;
  const isKept = (name: string) => hasKept && kept.has(name);
  for (const count of [10, 20, 30, 30]) {
    hasKept = !hasKept || count === 10;
    const named = new Map<string, number>();
    const sent = snapshots.slice(0, count);
    const body = await new BodyBuilder().compose((writer) => nativeBatch(sent, writer, { isKept, memory, named }));
    const text = Buffer.concat(body.pieces as Uint8Array[]).toString("utf8");
    const decoded = decodeNativeBatch(JSON.parse(text), nameBlob, hasKept ? kept : undefined);
    if (!decoded.ok) throw new Error(decoded.message);
    expect(decoded.batch.snapshots).toEqual(sent);
    for (const [name, { content }] of decoded.batch.blobs) kept.set(name, content);
  }
  const named = new Map<string, number>();
  hasKept = true;
  await new BodyBuilder().compose((writer) => nativeBatch(snapshots, writer, { isKept, memory, named }));
  expect(named.size).toBeLessThan(snapshots.length);
});
