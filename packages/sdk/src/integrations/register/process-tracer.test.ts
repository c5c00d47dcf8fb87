/** Where spans of a program without any tracing code belong. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { MemoryExporter } from "../../exporters/local/memory-exporter.ts";
import { Tracer } from "../../recording/tracer.ts";
import { injectTraceContext } from "../propagation/index.ts";
import { makeProcessTracer } from "./process-tracer.ts";
import { followServedRequests } from "./served-requests.ts";

let stop = () => {};
afterEach(() => stop());

function made(env: NodeJS.ProcessEnv = {}) {
  const memory = new MemoryExporter();
  const tracer = makeProcessTracer(env, new Tracer({ exporters: [memory] }));
  const spans = async () => {
    await tracer.flush();
    expect(tracer.stats().queue.openSpans).toBe(0);
    return memory.spans();
  };
  return { tracer, spans };
}

const STARTER = { TRACEPARENT: `00-${"a".repeat(32)}-${"b".repeat(16)}-01` };

test("what would be a root is a child of whoever started the process; everything else is as with any tracer", async () => {
  const { tracer, spans } = made(STARTER);
  const result = tracer.span("outer", { input: 1 }, () => tracer.span("inner", () => "result"));
  tracer.startSpan("callback").end();
  tracer.span("a root by wish", { parentId: null }, () => {});
  expect(result).toBe("result");
  const [outer, inner, callback, root] = ["outer", "inner", "callback", "a root by wish"].map(
    (name) => async () => (await spans()).find((span) => span.name === name),
  );
  const start = { traceId: STARTER.TRACEPARENT.slice(3, 35), parentId: "b".repeat(16) };
  expect(await outer!()).toMatchObject({ ...start, input: 1 });
  expect(await inner!()).toMatchObject({ traceId: start.traceId, parentId: (await outer!())!.id });
  expect(await callback!()).toMatchObject(start);
  expect((await root!())?.parentId ?? null).toBeNull();
});

test.each([
  [{ TRACEPARENT: STARTER.TRACEPARENT.replace(/01$/, "00") }, 0],
  [{ TRACEPARENT: "nonsense" }, 1],
  [{}, 1],
])("a starter that records nothing is followed, one that is malformed is none: %j", async (env, count) => {
  const { tracer, spans } = made(env);
  tracer.span("work", () => {});
  expect(await spans()).toHaveLength(count);
});

test("each served request in which something is recorded is a trace, and a caller's trace goes on", async () => {
  const { tracer, spans } = made(STARTER);
  stop = followServedRequests();
  const server = createServer(async (request, response) => {
    await new Promise((resolve) => setImmediate(resolve));
    if (request.url !== "/idle") tracer.span("work", () => {});
    response.statusCode = request.url === "/fails" ? 503 : 200;
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const headers = { ...injectTraceContext({ traceId: "task-1", id: "caller-1" }) };
  await Promise.all([
    fetch(`${url}/one?key=secret`),
    fetch(`${url}/fails`),
    fetch(`${url}/idle`),
    fetch(`${url}/called`, { headers }),
  ]);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  const all = await spans();
  const request = (name: string) => all.find((span) => span.name === name);
  expect(all).toHaveLength(6);
  expect(request("GET /one")).toMatchObject({ status: "OK", data: { method: "GET", path: "/one", status: 200 } });
  expect(request("GET /fails")).toMatchObject({ status: "ERROR", data: { status: 503 } });
  expect(request("GET /called")).toMatchObject({ traceId: "task-1", parentId: "caller-1" });
  for (const name of ["GET /one", "GET /fails", "GET /called"]) {
    const { id, traceId } = request(name)!;
    expect(all.filter(({ parentId }) => parentId === id)).toMatchObject([{ name: "work", traceId }]);
  }
  expect(new Set(all.map(({ traceId }) => traceId)).size).toBe(3);
});
