import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { CollectorFixture, sgpItem } from "../testing/collector-fixture.ts";

let fixture: CollectorFixture | undefined;
afterEach(() => fixture?.stop());

const file = (path: string) => readFileSync(new URL(`../../../../${path}`, import.meta.url), "utf8");

/** Those that only a collector with workers has. */
const WITH_WORKERS = [
  "everspan_worker_up",
  "everspan_worker_restarts_total",
  "everspan_worker_resident_memory_bytes",
] as const;

async function scrape(): Promise<string> {
  const response = await fixture!.get("/metrics");
  expect(response.headers.get("content-type")).toContain("version=0.0.4");
  return response.text();
}

test("the alerts and the documents name only metrics that exist", async () => {
  fixture = await CollectorFixture.start();
  const text = await scrape();
  const known = new Set<string>(WITH_WORKERS);
  for (const [, name, type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    known.add(name!);
    if (type === "histogram") for (const part of ["_bucket", "_sum", "_count"]) known.add(`${name}${part}`);
  }
  const names = /\b(?:everspan|http_server|nodejs|process)_[a-z0-9_]+/g;
  const alerts = [...file("deploy/alerts.yaml").matchAll(/expr: (.*)/g)].flatMap(
    ([, expr]) => expr!.match(names) ?? [],
  );
  expect(alerts.length).toBeGreaterThan(5);
  expect(alerts.filter((name) => !known.has(name))).toEqual([]);
  const table = file("docs/operations.md").match(/^\| `.*$/gm) ?? [];
  const documented = table.flatMap((row) => {
    const cell = row.split("|")[1]!.replace(/\{(?:worker|result|reason|version,node)\}/g, "");
    const [, choices] = /\{([\w,]+)\}/.exec(cell) ?? [];
    return (choices?.split(",") ?? [""]).flatMap((choice) => cell.replace(/\{[\w,]+\}/, choice).match(names) ?? []);
  });
  const families = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!);
  expect(new Set(documented)).toEqual(new Set([...families, ...WITH_WORKERS]));
});

test("requests are counted by route and status, never by what a sender wrote", async () => {
  fixture = await CollectorFixture.start();
  expect((await fixture.send("PUT", "/v5/spans/batch", { items: [sgpItem()] })).status).toBe(200);
  for (const id of ["one", "two", "three"]) expect((await fixture.get(`/api/traces/${id}`)).status).toBe(404);
  expect((await fixture.get("/api/traces?limit=none")).status).toBe(400);
  const text = await scrape();
  const count = (method: string, route: string, status: number) =>
    `http_server_request_duration_seconds_count{http_request_method="${method}",http_route="${route}",http_response_status_code="${status}"}`;
  expect(text).toContain(`${count("PUT", "/v5/spans/batch", 200)} 1\n`);
  expect(text).toContain(`${count("GET", "/api/traces/{traceId}", 404)} 3\n`);
  expect(text).toContain(`${count("GET", "/api/traces", 400)} 1\n`);
  expect(text).not.toContain("three");
  expect(text).toContain("everspan_records_received_total 1\n");
  const buckets = [...text.matchAll(/_bucket\{[^}]*route="\/api\/traces\/\{traceId\}[^}]*le="([^"]+)"\} (\d+)/g)];
  const counts = buckets.map(([, , value]) => Number(value));
  expect(counts).toEqual([...counts].sort((a, b) => a - b));
  expect(buckets.at(-1)?.slice(1)).toEqual(["+Inf", "3"]);
});
