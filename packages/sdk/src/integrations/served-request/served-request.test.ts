import { RecordingExporter, RecordingLogger } from "@everspan/testkit";
import { describe, expect, it } from "vitest";
import { Tracer } from "../../recording/tracer.ts";
import { type IncomingRequest, type RequestTraceOptions, serveRequest } from "./served-request.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

function setUp() {
  const exporter = new RecordingExporter();
  const tracer = new Tracer({ exporters: [exporter], logger: new RecordingLogger() });
  const serve = (request: Partial<IncomingRequest>, options: RequestTraceOptions = {}) =>
    serveRequest({ tracer, ...options }, { method: "GET", url: "/", headers: {}, ...request });
  const spans = async () => {
    await tracer.shutdown();
    return exporter.snapshots;
  };
  return { tracer, serve, spans };
}

describe("a served request", () => {
  it.each([
    ["/a/b?key=secret#part", "/a/b"],
    ["http://example.com:8080/a?key=secret", "/a"],
    ["https://example.com?key=secret", "/"],
    ["", "/"],
    ["*", "*"],
  ])("is named by the path of %s, without what may be secret", async (url, path) => {
    const { serve, spans } = setUp();
    serve({ url })!.end(200, false);
    const [span] = await spans();
    expect(span).toMatchObject({
      name: `GET ${path}`,
      status: "OK",
      data: { kind: "http", method: "GET", path, status: 200 },
    });
    expect(JSON.stringify(span)).not.toContain("secret");
  });

  it.each([
    [{}, 500, false, "ERROR"],
    [{}, 499, false, "OK"],
    [{}, 200, true, "CANCELED"],
    [{}, 503, true, "CANCELED"],
    [{ error: new RangeError("row") }, 500, false, "ERROR"],
    [{ error: Object.assign(new Error("gone"), { status: 404 }) }, 404, false, "OK"],
    [{ error: Object.assign(new Error("gone"), { statusCode: 503 }) }, 503, false, "ERROR"],
    [{ error: { code: 418 } }, 418, false, "OK"],
    [{ error: { code: "ENOENT" } }, 200, false, "ERROR"],
    [{ error: "text" }, 200, true, "ERROR"],
    [{ error: null }, 200, false, "ERROR"],
  ])("after %j with status %i, cut off: %s, is %s", async (thrown, status, wasCut, expected) => {
    const { serve, spans } = setUp();
    const served = serve({})!;
    if ("error" in thrown) served.fail(thrown.error);
    served.end(status, wasCut);
    served.end(200, true);
    expect(await spans()).toMatchObject([{ status: expected, data: { status } }]);
  });

  it("is named by its route where that is text", async () => {
    const { serve, spans } = setUp();
    const served = serve({ method: "PUT", url: "/users/7" })!;
    for (const route of [/x/, "", undefined, ["/a"]]) served.matched(route);
    served.matched("/users/:id");
    served.end(200, false);
    served.matched("/late");
    expect(await spans()).toMatchObject([{ name: "PUT /users/:id", data: { route: "/users/:id", path: "/users/7" } }]);
  });

  it("goes on with its caller's trace, unless it is to be one of its own; what runs in it is in it", async () => {
    const { tracer, serve, spans } = setUp();
    const headers = { traceparent: `00-${TRACE}-${SPAN}-01` };
    for (const continueTrace of [undefined, false]) {
      const served = serve({ headers }, { continueTrace })!;
      served.run(() => tracer.span("within", () => {}));
      served.end(200, false);
    }
    const all = await spans();
    const [followed, own] = all.filter(({ name }) => name === "GET /");
    expect(all.filter(({ name }) => name === "within").map(({ parentId }) => parentId)).toEqual([
      followed?.id,
      own?.id,
    ]);
    expect(followed).toMatchObject({ traceId: TRACE, parentId: SPAN });
    expect(own?.traceId).not.toBe(TRACE);
    expect(own?.parentId).toBeUndefined();
  });

  it("records nothing where its caller does not, nor where it is left out", async () => {
    const { tracer, serve, spans } = setUp();
    serve({ headers: { traceparent: `00-${TRACE}-${SPAN}-00` } })!.run(() => tracer.span("within", () => {}));
    expect(serve({ url: "/health" }, { ignore: ({ url }) => url === "/health" })).toBeUndefined();
    const broken = () => {
      throw new Error("a fault in the application's own rule");
    };
    expect(serve({}, { ignore: broken })).toBeUndefined();
    expect(await spans()).toEqual([]);
  });
});
