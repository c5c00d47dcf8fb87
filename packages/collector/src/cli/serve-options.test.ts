import { expect, test } from "vitest";
import { type ServeFlags, toServeOptions } from "./serve-options.ts";
import { UsageError } from "./usage-error.ts";

const FLAGS: ServeFlags = {
  host: "127.0.0.1",
  port: "0",
  data: "/data",
  allowHost: [],
  readers: "2",
  logFormat: "text",
  sample: true,
};

test("days, sizes and rates come out as the collector takes them", () => {
  const flags = { keepDays: "30", maxBytes: "20GB", maxRequestsPerSecond: "50", maxIngestPerDay: "500mb" };
  expect(toServeOptions({ ...FLAGS, ...flags }, {})).toMatchObject({
    retention: { maxAgeMs: 30 * 86_400_000, maxBytes: 20e9 },
    limits: { requestsPerSecond: 50, ingestBytesPerDay: 500e6 },
    readers: 2,
  });
  expect(toServeOptions(FLAGS, {})).toMatchObject({ retention: {}, limits: {} });
});

test.each([
  [{ keepDays: "0" }, "--keep-days must be a number from 1"],
  [{ keepDays: "1e3" }, "--keep-days"],
  [{ maxBytes: "20 bananas" }, "--max-bytes must be a size"],
  [{ maxBytes: "0" }, "--max-bytes"],
  [{ maxIngestPerDay: "-5GB" }, "--max-ingest-per-day"],
  [{ maxRequestsPerSecond: "0" }, "--max-requests-per-second"],
  [{ readers: "17" }, "--readers must be a number from 0 to 16, got 17"],
  [{ store: "postgres://h/d" }, "--store: a ClickHouse store is clickhouse://user:password@host:port/database"],
  [{ store: "clickhouse://h/d" }, "--readers is for the embedded store"],
  [{ logFormat: "xml" }, "--log-format must be text or json, got xml"],
  [{ tlsCert: "cert.pem" }, "--tls-cert and --tls-key go together"],
  [{ tlsKey: "key.pem" }, "go together"],
])("%j is refused with the flag's name", (flags, message) => {
  expect(() => toServeOptions({ ...FLAGS, ...flags }, {})).toThrow(UsageError);
  expect(() => toServeOptions({ ...FLAGS, ...flags }, {})).toThrow(message);
});

test("a certificate that can't be read is named", () => {
  const flags = { ...FLAGS, tlsCert: "/nowhere/cert.pem", tlsKey: "/nowhere/key.pem" };
  expect(() => toServeOptions(flags, {})).toThrow(/^--tls-cert: ENOENT/);
});

test("the shared store comes from the flag or the environment, and a wrong one is refused without its password", () => {
  const store = "clickhouse://writer:pass-of-the-store@h/d";
  const flags = { ...FLAGS, readers: "0" };
  expect(toServeOptions({ ...flags, store }, {}).store).toBe(store);
  expect(toServeOptions(flags, { EVERSPAN_STORE: store }).store).toBe(store);
  expect(toServeOptions(flags, { EVERSPAN_STORE: "" }).store).toBeUndefined();
  expect(() => toServeOptions({ ...flags, store: `${store}?a=1` }, {})).toThrow("its options are secure and cluster");
  expect(() => toServeOptions({ ...flags, store: `${store}?a=1` }, {})).not.toThrow("pass-of-the-store");
});
