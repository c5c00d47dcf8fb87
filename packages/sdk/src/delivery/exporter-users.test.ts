import { RecordingLogger, ScriptedServer } from "@everspan/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FileExporter } from "../exporters/local/file-exporter.ts";
import { OtlpExporter } from "../exporters/otlp/exporter.ts";
import { fromProcessor } from "../exporters/processor/from-processor.ts";
import { Tracer } from "../recording/tracer.ts";

let server: ScriptedServer;
beforeEach(async () => {
  server = await ScriptedServer.start();
});
afterEach(() => server.close());

const logger = new RecordingLogger();
const names = () => server.requests.map(({ body }) => /"name":"(\w+)"/.exec(body.toString())?.[1]);

test("a tracer made after the first has ended, as by a hot reload, delivers with the same exporter", async () => {
  const exporter = new OtlpExporter({ endpoint: server.url });
  for (const name of ["first", "second", "third"]) {
    const tracer = new Tracer({ exporters: [exporter], logger });
    tracer.span(name, () => 0);
    expect(await tracer.shutdown()).toMatchObject({ ok: true });
  }
  expect(server.requests).toHaveLength(3);
  await server.until(() => server.openConnections === 0);
});

test("an exporter that two tracers share ends with the last of them", async () => {
  const exporter = new OtlpExporter({ endpoint: server.url });
  const [old, current] = [0, 1].map(() => new Tracer({ exporters: [exporter], logger }));
  current!.span("a", () => 0);
  await current!.flush();
  old!.span("b", () => 0);
  await old!.shutdown();
  expect(server.openConnections).toBe(1);
  current!.span("c", () => 0);
  await current!.flush();
  expect(server.connectionsMade).toBe(1);
  expect(await current!.shutdown()).toMatchObject({ ok: true });
  await server.until(() => server.openConnections === 0);
  expect(names()).toHaveLength(3);
});

test("an exporter that was never sent with is told of the end, once", async () => {
  let ends = 0;
  const exporter = fromProcessor({
    shutdown: () => {
      ends += 1;
    },
  });
  await new Tracer({ exporters: [exporter], logger }).shutdown();
  expect(ends).toBe(1);
});

test("a tracer that never sends ends nothing of another's", async () => {
  const exporter = new FileExporter({ path: "/dev/null" });
  const [idle, busy] = [0, 1].map(() => new Tracer({ exporters: [exporter], logger }));
  busy!.span("a", () => 0);
  await busy!.flush();
  await idle!.shutdown();
  busy!.span("b", () => 0);
  expect(await busy!.shutdown()).toMatchObject({ ok: true });
});
