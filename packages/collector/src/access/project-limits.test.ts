import type { Clock } from "@everspan/protocol";
import { afterEach, expect, test } from "vitest";
import { CollectorFixture, sgpItem } from "../testing/collector-fixture.ts";
import { ProjectLimits } from "./project-limits.ts";
import { TokenFile } from "./token-file.ts";

class HeldClock implements Clock {
  nowMs = Date.UTC(2026, 0, 31, 12);
  monotonicMs = (): number => this.nowMs;
  wallMs = (): number => this.nowMs;
  schedule = (): (() => void) => () => {};
  defer = (run: () => void): void => run();
}

test("S14 a project that asks too often waits, and another does not", () => {
  const clock = new HeldClock();
  const limits = new ProjectLimits({ requestsPerSecond: 2 }, clock);
  for (let count = 0; count < 20; count++) limits.take("busy", "read");
  expect(() => limits.take("busy", "ingest")).toThrow(expect.objectContaining({ status: 429, code: "RATE_LIMITED" }));
  limits.take("quiet", "read");
  limits.take("busy", "public");
  clock.nowMs += 500;
  limits.take("busy", "read");
  expect(() => limits.take("busy", "read")).toThrow();
});

test("bytes of a day are counted by project and begin anew with the next", () => {
  const clock = new HeldClock();
  const limits = new ProjectLimits({ ingestBytesPerDay: 1000 }, clock);
  limits.spend("a", 999);
  limits.take("a", "ingest");
  limits.spend("a", 1);
  expect(() => limits.take("a", "ingest")).toThrow(expect.objectContaining({ headers: { "retry-after": "43200" } }));
  limits.take("a", "read");
  limits.take("b", "ingest");
  clock.nowMs += 43_200_000;
  limits.take("a", "ingest");
});

let fixture: CollectorFixture | undefined;
afterEach(() => fixture?.stop());

test("X34 over HTTP the sender is told when to come again, and nothing of its batch is stored", async () => {
  fixture = await CollectorFixture.start({ limits: { ingestBytesPerDay: 200 } });
  const tokens = new TokenFile(fixture.directory);
  const { token } = tokens.create({ name: "n", project: "p", scopes: ["admin"], expiresAtMs: null }, Date.now());
  const authorization = { authorization: `Bearer ${token}` };
  const put = (id: string) =>
    fixture!.send(
      "PUT",
      "/v5/spans/batch",
      { items: [sgpItem({ id, input: { text: "x".repeat(200) } })] },
      authorization,
    );
  expect((await put("first")).status).toBe(200);
  const refused = await put("second");
  expect([refused.status, await refused.json()]).toEqual([
    429,
    { error: { code: "RATE_LIMITED", message: "the project has sent as many bytes as it may in a day" } },
  ]);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  const listed = await (await fixture.get("/api/traces", authorization)).json();
  expect(listed).toMatchObject({ traces: [{ spanCount: 1 }] });
});
