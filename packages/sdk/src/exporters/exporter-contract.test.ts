/** Every exporter against the contract of all of them. */
import { hash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  decodeNativeBatch,
  fromAgentexSpan,
  fromSgpBatch,
  type OtlpRequest,
  type SpanSnapshot,
} from "@everspan/protocol";
import { type ArrivedSpan, type ExporterFixture, exporterContract, ScriptedServer } from "@everspan/testkit";
import type { SpanExporter } from "../contract/span-exporter.ts";
import { AgentexExporter } from "./agentex/exporter.ts";
import { CollectorExporter } from "./collector/exporter.ts";
import { ConsoleExporter } from "./local/console-exporter.ts";
import { FileExporter } from "./local/file-exporter.ts";
import { MemoryExporter } from "./local/memory-exporter.ts";
import { OtlpExporter } from "./otlp/exporter.ts";
import { fromProcessor } from "./processor/from-processor.ts";
import { SgpExporter } from "./sgp/exporter.ts";

const NO_BACKEND = "it has no back end that could answer";
const LOCAL = { verdicts: NO_BACKEND, abort: NO_BACKEND, connections: NO_BACKEND };

async function httpFixture(
  make: (url: string) => SpanExporter,
  read: (bodies: readonly unknown[]) => readonly SpanSnapshot[],
): Promise<ExporterFixture> {
  const server = await ScriptedServer.start();
  const exporter = make(server.url);
  return {
    exporter,
    server,
    arrived: async () => read(server.requests.map(({ body }) => JSON.parse(body.toString("utf8")))).map(arrivedOf),
    close: async () => {
      await exporter.shutdown?.();
      await server.close();
    },
  };
}

function arrivedOf({ id, name, input }: SpanSnapshot): ArrivedSpan {
  return { id, name, input };
}

function readSgp(bodies: readonly unknown[]): SpanSnapshot[] {
  return bodies.flatMap((body) => {
    const decoded = fromSgpBatch(body);
    if (!decoded.ok) throw new Error(decoded.message);
    return decoded.snapshots;
  });
}

function readOtlp(bodies: readonly unknown[]): SpanSnapshot[] {
  return (bodies as OtlpRequest[])
    .flatMap(({ resourceSpans }) => resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)))
    .map(({ name, attributes }) => {
      const values = new Map(attributes.map(({ key, value }) => [key, Object.values(value)[0] as string]));
      return {
        id: values.get("everspan.span_id"),
        name,
        input: JSON.parse(values.get("input.value")!),
      } as SpanSnapshot;
    });
}

function readNative(bodies: readonly unknown[]): SpanSnapshot[] {
  return bodies.flatMap((body) => {
    const decoded = decodeNativeBatch(body, (encoded) => hash("sha256", encoded).slice(0, 32));
    if (!decoded.ok) throw new Error(decoded.message);
    return decoded.batch.snapshots;
  });
}

function readAgentex(bodies: readonly unknown[]): SpanSnapshot[] {
  return bodies.map((body) => {
    const decoded = fromAgentexSpan(body);
    if (!decoded.ok) throw new Error(decoded.message);
    return decoded.snapshot;
  });
}

for (const compression of ["none", "gzip"] as const) {
  exporterContract(`SgpExporter, compression ${compression}`, () =>
    httpFixture(
      (baseUrl) => new SgpExporter({ apiKey: "key-of-the-test", accountId: "a", baseUrl, compression }),
      readSgp,
    ),
  );
}

exporterContract("CollectorExporter", () =>
  httpFixture((url) => new CollectorExporter({ url, token: "token-of-the-test" }), readNative),
);

exporterContract("OtlpExporter, json", () => httpFixture((endpoint) => new OtlpExporter({ endpoint }), readOtlp));

exporterContract(
  "OtlpExporter, protobuf",
  () =>
    httpFixture(
      (endpoint) => new OtlpExporter({ endpoint, protocol: "protobuf", compression: "gzip" }),
      () => [],
    ),
  { arrival: "the tests of the codec read protobuf" },
);

exporterContract("AgentexExporter", () =>
  httpFixture((baseUrl) => new AgentexExporter({ apiKey: "key-of-the-test", baseUrl }), readAgentex),
);

exporterContract(
  "FileExporter",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "everspan-file-"));
    const path = join(folder, "spans.ndjson");
    const exporter = new FileExporter({ path });
    return {
      exporter,
      arrived: async () =>
        (await readFile(path, "utf8"))
          .trimEnd()
          .split("\n")
          .map((line) => arrivedOf(JSON.parse(line))),
      breakBackend: () => rm(folder, { recursive: true }),
      close: async () => {
        await exporter.shutdown();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
  LOCAL,
);

exporterContract(
  "MemoryExporter",
  async () => {
    const exporter = new MemoryExporter();
    return { exporter, arrived: async () => exporter.spans().map(arrivedOf), close: async () => {} };
  },
  { ...LOCAL, unreachable: "memory is always there" },
);

exporterContract(
  "ConsoleExporter",
  async () => ({ exporter: new ConsoleExporter({ write: () => {} }), arrived: async () => [], close: async () => {} }),
  { ...LOCAL, unreachable: "a console is always there", arrival: "it prints one line a span, without payloads" },
);

exporterContract(
  "fromProcessor",
  async () => {
    const ended: SpanSnapshot[] = [];
    let isBroken = false;
    const exporter = fromProcessor({
      onSpanEnd: async (span) => {
        if (isBroken) throw new Error("down");
        ended.push(span);
      },
    });
    return {
      exporter,
      arrived: async () => ended.map(arrivedOf),
      breakBackend: async () => {
        isBroken = true;
      },
      close: async () => {},
    };
  },
  LOCAL,
);
