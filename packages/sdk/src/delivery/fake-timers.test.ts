import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SgpExporter } from "../exporters/sgp/exporter.ts";
import { Tracer } from "../recording/tracer.ts";

const bodies: string[] = [];
const server = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  bodies.push(body);
  response.end("{}");
});

beforeEach(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(() => {
  vi.useRealTimers();
  server.close();
});

test("an application that holds its own time does not hold the delivery of its spans", async () => {
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setInterval", "setImmediate", "queueMicrotask", "performance", "Date"],
  });
  const tracer = new Tracer({ exporters: [new SgpExporter({ baseUrl, apiKey: "key", accountId: "account" })] });
  tracer.span("turn", { input: { question: "what is the time?" } }, () => undefined);
  const { ok } = await tracer.flush();
  expect(ok).toBe(true);
  expect(bodies).toHaveLength(1);
  tracer.span("another turn", () => undefined);
  expect((await tracer.shutdown()).ok).toBe(true);
  expect(bodies).toHaveLength(2);
});
