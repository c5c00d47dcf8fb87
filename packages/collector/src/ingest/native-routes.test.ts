import { hash } from "node:crypto";
import { encodeNativeBatch } from "@everspan/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { snapshot } from "../store/trace-store.contract.ts";
import { CollectorFixture } from "../testing/collector-fixture.ts";

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
  expect(await (await post(body)).json()).toEqual({ accepted: 3, rejected: [] });
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

test("what is no batch is 422, and more than 2000 spans are 413 so that the sender splits them", async () => {
  expect((await post({})).status).toBe(422);
  const many = Array.from({ length: 2001 }, (_, index) => snapshot({ id: `s${index}` }));
  expect((await post(encodeNativeBatch(many, { nameBlob }))).status).toBe(413);
});
