/**
 * What it costs the collector to take the same spans in each dialect: CPU of decoding and reading, and CPU of the whole
 * way to the commit (a collector of its own, read from /proc). `npx tsx bench/ingest-dialects.ts [rounds]`.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  fromOtlpJson,
  fromOtlpProto,
  fromSgpBatch,
  type OtlpRequest,
  ProtoWriter,
  type SpanSnapshot,
  toOtlpJson,
  toOtlpProto,
  toSgpBatch,
} from "@everspan/protocol";
import { normalizeSpan } from "@everspan/reading";

type OtlpKeyValue = OtlpRequest["resourceSpans"][number]["resource"]["attributes"][number];

const ROUNDS = Number(process.argv[2] ?? 30);
const SPANS = 200;
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

const history = (steps: number) =>
  Array.from({ length: steps }, (_, step) => ({
    role: step % 2 === 0 ? "user" : "assistant",
    content: `Step ${step}: ${"the observation of a shell, with some output in it. ".repeat(12)}`,
  }));

/** As an agent records them: model calls with their history, and tools. */
const snapshots: SpanSnapshot[] = Array.from({ length: SPANS }, (_, index) => {
  const isModel = index % 2 === 0;
  return {
    phase: "ended",
    revision: 2,
    traceId: TRACE,
    id: (index + 1).toString(16).padStart(16, "0"),
    name: isModel ? "chat gpt-4o" : "search",
    type: isModel ? "COMPLETION" : "CODE_EXECUTION",
    startTime: "2026-01-31T12:00:00.000000Z",
    endTime: "2026-01-31T12:00:01.000000Z",
    status: "OK",
    input: isModel ? { model: "gpt-4o", messages: history(8) } : { query: "what is new" },
    output: isModel ? { role: "assistant", content: "An answer of some words." } : { hits: [1, 2, 3] },
    data: { customer: "c-17", attempt: index, flag: true },
    service: { name: "bench" },
  };
});

/** The same as other instrumentations write it, so that nothing takes the shorter way of our own spans. */
function asForeign(request: OtlpRequest): OtlpRequest {
  const isForeign = ({ key }: OtlpKeyValue) =>
    !key.startsWith("everspan.") && key !== "metadata" && !/^gen_ai\.(in|out)put\.messages$/.test(key);
  return {
    resourceSpans: request.resourceSpans.map((resource) => ({
      ...resource,
      scopeSpans: resource.scopeSpans.map((scope) => ({
        ...scope,
        spans: scope.spans.map((span) => ({ ...span, attributes: span.attributes.filter(isForeign) })),
      })),
    })),
  };
}

const sgp = Buffer.from(JSON.stringify(toSgpBatch(snapshots)));
const json = Buffer.from(JSON.stringify(asForeign(toOtlpJson(snapshots))));
const ownProto = toOtlpProto(snapshots).slice();
const foreignProto = protoOf(asForeign(toOtlpJson(snapshots)));

/** A request as an exporter of protobuf writes it. */
function protoOf({ resourceSpans }: ReturnType<typeof asForeign>): Uint8Array {
  const writer = new ProtoWriter();
  const attribute = (field: number, { key, value }: OtlpKeyValue) =>
    writer.message(field, () => {
      writer.string(1, key);
      writer.message(2, () => {
        if ("stringValue" in value) writer.string(1, value.stringValue);
        else if ("boolValue" in value) writer.varint(2, Number(value.boolValue));
        else if ("intValue" in value) writer.int64(3, value.intValue);
        else writer.double(4, value.doubleValue);
      });
    });
  for (const { resource, scopeSpans } of resourceSpans) {
    writer.longMessage(1, () => {
      writer.message(1, () => {
        for (const one of resource.attributes) attribute(1, one);
      });
      for (const { spans } of scopeSpans) {
        writer.longMessage(2, () => {
          for (const span of spans) {
            writer.longMessage(2, () => {
              writer.hex(1, span.traceId);
              writer.hex(2, span.spanId);
              writer.string(5, span.name);
              writer.varint(6, span.kind);
              writer.fixed64(7, span.startTimeUnixNano);
              writer.fixed64(8, span.endTimeUnixNano);
              for (const one of span.attributes) attribute(9, one);
            });
          }
        });
      }
    });
  }
  return writer.finish().slice();
}

const cases: Record<string, () => unknown> = {
  sgp: () => fromSgpBatch(JSON.parse(sgp.toString("utf8"))),
  "otlp json": () => fromOtlpJson(JSON.parse(json.toString("utf8")), { normalize: normalizeSpan }),
  "otlp protobuf": () => fromOtlpProto(foreignProto, { normalize: normalizeSpan }),
  "otlp protobuf, ours": () => fromOtlpProto(ownProto, { normalize: normalizeSpan }),
};

const times: Record<string, number[]> = {};
for (let round = 0; round < ROUNDS + 5; round++) {
  for (const [name, run] of Object.entries(cases)) {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    if (round >= 5) times[name] = [...(times[name] ?? []), (user + system) / SPANS];
  }
}
const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const base = median(times.sgp!);
for (const [name, values] of Object.entries(times)) {
  console.log(`${name}: ${median(values).toFixed(2)} us a span, ${(median(values) / base).toFixed(2)} of SGP`);
}

const CLI = fileURLToPath(new URL("../packages/collector/src/cli.ts", import.meta.url));
const wires: Record<string, [method: string, path: string, type: string, body: Uint8Array]> = {
  sgp: ["PUT", "/v5/spans/batch", "application/json", sgp],
  "otlp json": ["POST", "/v1/traces", "application/json", json],
  "otlp protobuf": ["POST", "/v1/traces", "application/x-protobuf", foreignProto],
};
const whole: Record<string, number> = {};
for (const [name, [method, path, type, body]] of Object.entries(wires)) {
  whole[name] = await ingestMicros(method, path, type, body);
  console.log(
    `${name}, to the commit: ${whole[name].toFixed(1)} us a span, ${(whole[name] / whole.sgp!).toFixed(2)} of SGP`,
  );
}

/** Each request has ids of its own, so that each span is new. */
async function ingestMicros(method: string, path: string, type: string, body: Uint8Array): Promise<number> {
  const data = mkdtempSync(join(tmpdir(), "everspan-bench-"));
  const child = spawn(process.execPath, [
    "--import",
    "tsx",
    CLI,
    "serve",
    "--port",
    "0",
    "--data",
    data,
    "--no-sample",
  ]);
  const url = await new Promise<string>((resolve) => {
    child.stdout.on("data", (chunk) => {
      const line = /listening on (\S+)/.exec(String(chunk));
      if (line) resolve(line[1]!);
    });
  });
  const send = async (round: number) => {
    const copy = Buffer.from(body);
    const trace = type === "application/x-protobuf" ? Buffer.from(TRACE, "hex") : Buffer.from(TRACE);
    const fresh =
      type === "application/x-protobuf"
        ? Buffer.alloc(16, round + 1)
        : Buffer.from((round + 1).toString(16).padStart(32, "a"));
    for (let at = copy.indexOf(trace); at !== -1; at = copy.indexOf(trace, at + 1)) fresh.copy(copy, at);
    const response = await fetch(url + path, { method, headers: { "content-type": type }, body: copy });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  };
  for (let round = 0; round < 10; round++) await send(round);
  const before = cpuMicros(child.pid!);
  for (let round = 10; round < 10 + ROUNDS; round++) await send(round);
  const spent = cpuMicros(child.pid!) - before;
  child.kill();
  await new Promise((resolve) => child.on("exit", resolve));
  rmSync(data, { recursive: true, force: true });
  return spent / (ROUNDS * SPANS);
}

/** User and system time of a process; Linux counts it in hundredths of a second. */
function cpuMicros(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}
