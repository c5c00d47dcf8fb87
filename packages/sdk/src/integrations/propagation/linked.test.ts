/** A span and its child in another process are linked in every back end, whatever spells their ids. */
import { hash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeNativeBatch, fromOtlpJson, fromOtlpProto, type OtlpRequest } from "@everspan/protocol";
import { ScriptedServer } from "@everspan/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SpanExporter } from "../../contract/span-exporter.ts";
import { AgentexExporter } from "../../exporters/agentex/exporter.ts";
import { CollectorExporter } from "../../exporters/collector/exporter.ts";
import { FileExporter } from "../../exporters/local/file-exporter.ts";
import { MemoryExporter } from "../../exporters/local/memory-exporter.ts";
import { OtlpExporter } from "../../exporters/otlp/exporter.ts";
import { fromProcessor } from "../../exporters/processor/from-processor.ts";
import { SgpExporter } from "../../exporters/sgp/exporter.ts";
import { Tracer } from "../../recording/tracer.ts";
import { extractTraceContext, injectTraceContext } from "./index.ts";

/** A span as the back end's own words have it. */
interface Received {
  readonly name: string;
  readonly trace: unknown;
  readonly id: unknown;
  readonly parent: unknown;
}

let server: ScriptedServer;
let folder: string;
beforeEach(async () => {
  server = await ScriptedServer.start();
  folder = await mkdtemp(join(tmpdir(), "everspan-linked-"));
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const bodies = () => server.requests.map(({ body }) => JSON.parse(body.toString("utf8")));
const otlpSpans = (requests: readonly OtlpRequest[]): Received[] =>
  requests
    .flatMap(({ resourceSpans }) => resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)))
    .map(({ name, traceId, spanId, parentSpanId }) => ({ name, trace: traceId, id: spanId, parent: parentSpanId }));
const snapshotFields = ({ name, traceId, id, parentId }: Record<string, unknown>): Received => ({
  name: name as string,
  trace: traceId,
  id,
  parent: parentId,
});

interface Backend {
  readonly exporters: () => SpanExporter[];
  readonly received: () => Received[] | Promise<Received[]>;
}

const memories = [new MemoryExporter(), new MemoryExporter()];
const told: Received[] = [];

const BACKENDS: Record<string, Backend> = {
  sgp: {
    exporters: () => [0, 1].map(() => new SgpExporter({ apiKey: "k", accountId: "a", baseUrl: server.url })),
    received: () =>
      bodies().flatMap(({ items }) =>
        items.map((item: Record<string, string>) => ({
          name: item.name,
          trace: item.trace_id,
          id: item.id,
          parent: item.parent_id,
        })),
      ),
  },
  agentex: {
    exporters: () => [0, 1].map(() => new AgentexExporter({ baseUrl: server.url })),
    received: () =>
      bodies().map((item) => ({ name: item.name, trace: item.trace_id, id: item.id, parent: item.parent_id })),
  },
  "otlp json": {
    exporters: () => [0, 1].map(() => new OtlpExporter({ endpoint: server.url })),
    received: () => otlpSpans(bodies()),
  },
  "otlp json, read by the collector": {
    exporters: () => [0, 1].map(() => new OtlpExporter({ endpoint: server.url })),
    received: () =>
      bodies().flatMap((body) => {
        const decoded = fromOtlpJson(body);
        return decoded.ok ? decoded.snapshots.map((snapshot) => snapshotFields({ ...snapshot })) : [];
      }),
  },
  "otlp protobuf, read by the collector": {
    exporters: () => [0, 1].map(() => new OtlpExporter({ endpoint: server.url, protocol: "protobuf" })),
    received: () =>
      server.requests.flatMap(({ body }) => {
        const decoded = fromOtlpProto(body);
        return decoded.ok ? decoded.snapshots.map((snapshot) => snapshotFields({ ...snapshot })) : [];
      }),
  },
  collector: {
    exporters: () => [0, 1].map(() => new CollectorExporter({ url: server.url })),
    received: () =>
      bodies().flatMap((body) => {
        const decoded = decodeNativeBatch(body, (encoded) => hash("sha256", encoded).slice(0, 32));
        return decoded.ok ? decoded.batch.snapshots.map((snapshot) => snapshotFields({ ...snapshot })) : [];
      }),
  },
  file: {
    exporters: () => [0, 1].map((i) => new FileExporter({ path: join(folder, `${i}.ndjson`) })),
    received: async () => {
      const texts = await Promise.all([0, 1].map((i) => readFile(join(folder, `${i}.ndjson`), "utf8")));
      return texts.flatMap((text) => text.trim().split("\n")).map((line) => snapshotFields(JSON.parse(line)));
    },
  },
  memory: {
    exporters: () => memories,
    received: () => memories.flatMap((memory) => memory.spans().map((span) => snapshotFields({ ...span }))),
  },
  processor: {
    exporters: () => [0, 1].map(() => fromProcessor({ onSpanEnd: (span) => told.push(snapshotFields({ ...span })) })),
    received: () => told,
  },
};

const TRACES: [string, string | undefined][] = [
  ["a trace of its own", undefined],
  ["a UUID in capitals", "1B9D6BCD-bbfd-4b2d-9b5d-ab8dfbbd4bed"],
  ["a task", "task/42, the answer"],
];

test.each(Object.keys(BACKENDS).flatMap((backend) => TRACES.map((trace) => [backend, ...trace] as const)))(
  "%s: %s",
  async (name, _, traceId) => {
    const backend = BACKENDS[name]!;
    for (const memory of memories) memory.reset();
    told.length = 0;
    const [caller, callee] = backend.exporters().map((exporter) => new Tracer({ exporters: [exporter] }));
    const call = (traceId === undefined ? caller!.startTrace() : caller!.trace(traceId)).startSpan("call");
    const remote = extractTraceContext(injectTraceContext(call))!;
    callee!.trace(remote.traceId).startSpan("serve", { parentId: remote.spanId }).end();
    call.end();
    await Promise.all([caller!.shutdown(), callee!.shutdown()]);
    const spans = await backend.received();
    const [parent, child] = ["call", "serve"].map((wanted) => spans.find((span) => span.name === wanted)!);
    expect(parent).toMatchObject({ id: expect.any(String), trace: expect.any(String) });
    expect(child).toMatchObject({ parent: parent!.id, trace: parent!.trace });
  },
);
