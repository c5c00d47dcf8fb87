import { hash } from "node:crypto";
import { encodeNativeBatch, NATIVE_MAX_BATCH_SPANS, type SpanSnapshot } from "@everspan/protocol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { snapshot } from "../../store/trace-store.contract.ts";
import { CollectorFixture } from "../../testing/collector-fixture.ts";

let fixture: CollectorFixture;
beforeEach(async () => {
  fixture = await CollectorFixture.start();
});
afterEach(() => fixture.stop());

const nameBlob = (encoded: string) => hash("sha256", encoded).slice(0, 32);
const post = (body: unknown) => fixture.send("POST", "/v1/everspan/batch", body);

test("a batch with shared parts comes back whole, revisions kept", async () => {
  const prompt = "p".repeat(2000);
  const spans = [1, 2, 3].map((revision) => snapshot({ id: `s${revision}`, revision, input: { prompt, revision } }));
  const body = encodeNativeBatch(spans, { nameBlob });
  expect(body.length).toBeLessThan(3 * prompt.length);
  expect(await (await post(body)).json()).toEqual({
    accepted: 3,
    rejected: [],
    keepsBlobBytes: 64 * 2 ** 20,
    stored: 3,
  });
  const answer = await (await fixture.get("/api/traces/t?payloads=full")).json();
  expect(answer).toMatchObject({ spans });
});

test("one bad span is turned away and named, its neighbours are stored", async () => {
  const body = JSON.parse(encodeNativeBatch([snapshot({ id: "good" }), snapshot({ id: "bad" })], { nameBlob })) as {
    spans: object[];
  };
  body.spans[1] = { ...body.spans[1], startTime: "yesterday" };
  expect(await (await post(body)).json()).toMatchObject({ accepted: 1, rejected: [{ id: "bad" }] });
  expect((await fixture.get("/api/traces/t/spans/good")).status).toBe(200);
  expect(await (await fixture.get("/metrics")).text()).toContain('everspan_records_rejected_total{reason="invalid"} 1');
});

test("what is no batch is 422, and more spans than a batch may have are 413 so that the sender splits them", async () => {
  expect((await post({})).status).toBe(422);
  const many = Array.from({ length: NATIVE_MAX_BATCH_SPANS + 1 }, (_, index) => snapshot({ id: `s${index}` }));
  expect((await post(encodeNativeBatch(many, { nameBlob }))).status).toBe(413);
});

describe("a batch that names what is kept of earlier ones", () => {
  const prompt = "p".repeat(2000);
  const first = snapshot({ id: "first", input: { prompt } });
  const second = snapshot({ id: "second", input: { prompt } });
  const sparse = (...spans: SpanSnapshot[]) => encodeNativeBatch(spans, { nameBlob, isKept: () => true });

  test("is taken, and its spans are stored whole", async () => {
    await post(encodeNativeBatch([first], { nameBlob }));
    expect(sparse(second)).not.toContain(prompt);
    expect(await (await post(sparse(second))).json()).toMatchObject({ accepted: 1 });
    expect(await (await fixture.get("/api/traces/t/spans/second")).json()).toMatchObject(second);
  });

  test("and is refused for one of them leaves nothing behind: no span, no blob, no report of its producer", async () => {
    const producer = { id: "a".repeat(32), batch: 1, firstSeq: 1, lastSeq: 2 };
    const body = encodeNativeBatch([snapshot({ id: "small" }), second], { nameBlob, isKept: () => true, producer });
    const refused = await post(body);
    expect(refused.status).toBe(409);
    expect(await refused.json()).toEqual({
      error: { code: "UNKNOWN_BLOBS", message: expect.stringContaining(nameBlob(JSON.stringify(prompt))) as string },
    });
    expect((await fixture.get("/api/traces/t")).status).toBe(404);
    expect(await (await fixture.get("/api/producers")).json()).toMatchObject({ producers: [] });
    const metrics = await (await fixture.get("/metrics")).text();
    expect(metrics).toContain('everspan_records_rejected_total{reason="unknown_blobs"} 2');
    expect((await post(sparse(second))).status).toBe(409);
  });

  test("may not count on blobs of a batch that was not committed", async () => {
    const many = Array.from({ length: NATIVE_MAX_BATCH_SPANS + 1 }, (_, index) =>
      snapshot({ id: `s${index}`, input: { prompt } }),
    );
    expect((await post(encodeNativeBatch(many, { nameBlob }))).status).toBe(413);
    expect((await post(sparse(second))).status).toBe(409);
  });

  test("may not count on what had to make room", async () => {
    await fixture.stop();
    fixture = await CollectorFixture.start({ keptBlobBytes: 6_000 });
    await post(encodeNativeBatch([first], { nameBlob }));
    expect((await post(sparse(second))).status).toBe(200);
    for (const [i, letter] of [..."abc"].entries()) {
      await post(encodeNativeBatch([snapshot({ id: `${i}`, input: letter.repeat(2000) })], { nameBlob }));
    }
    expect((await post(sparse(second))).status).toBe(409);
  });
});
