/** The plugins, each with the real framework behind it and a real request in front. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { RecordingExporter, RecordingLogger } from "@everspan/testkit";
import express from "express";
import Fastify from "fastify";
import { Hono } from "hono";
import { describe, expect, it, vi } from "vitest";
import { Tracer } from "../../recording/tracer.ts";
import { drainOnClose, everspanExpress } from "../express/index.ts";
import { everspanFastify } from "../fastify/index.ts";
import { everspanHono } from "../hono/index.ts";
import { withEverspan } from "../next/index.ts";

/** A linger longer than any test: only a flush or a shutdown delivers. */
function setUp() {
  const exporter = new RecordingExporter();
  const tracer = new Tracer({ exporters: [exporter], batch: { lingerMs: 600_000 }, logger: new RecordingLogger() });
  const kept: Promise<unknown>[] = [];
  const waitUntil = (promise: Promise<unknown>) => void kept.push(promise);
  return { tracer, exporter, kept, waitUntil };
}

function url(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function fail(error: Error): never {
  throw error;
}

/** A body of which the test decides when it ends. */
function heldBody() {
  let end = () => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode("first "));
      end = () => {
        controller.enqueue(new TextEncoder().encode("last"));
        controller.close();
      };
    },
  });
  return { body, end: () => end() };
}

describe("fastify", () => {
  it("delivers the spans of the last request when the server is closed", async () => {
    const { tracer, exporter } = setUp();
    const fastify = Fastify();
    await fastify.register(everspanFastify, { tracer });
    fastify.get("/", () => tracer.span("request", async () => ({ ok: true })));
    const address = await fastify.listen({ port: 0, host: "127.0.0.1" });
    expect(await (await fetch(address)).json()).toEqual({ ok: true });
    expect(exporter.snapshots).toEqual([]);
    await fastify.close();
    expect(exporter.named("request")).toMatchObject({ phase: "ended", output: { ok: true } });
    tracer.span("after the server", () => 0);
    await tracer.shutdown();
    expect(exporter.named("after the server")?.phase).toBe("ended");
  });
});

describe("express", () => {
  it("delivers what is pending once the server has closed", async () => {
    const { tracer, exporter } = setUp();
    const app = express();
    app.get("/", (_request, response) => void response.json(tracer.span("request", () => ({ ok: true }))));
    const server = app.listen(0, "127.0.0.1");
    await once(server, "listening");
    const drained = drainOnClose(server, tracer);
    await (await fetch(url(server))).json();
    server.close();
    server.closeAllConnections();
    await drained;
    expect(exporter.named("request")?.phase).toBe("ended");
    expect(exporter.isShutDown).toBe(false);
  });

  it("flushes for a platform that waits, when the response's body has been sent", async () => {
    const { tracer, exporter, kept, waitUntil } = setUp();
    const app = express();
    app.use(everspanExpress({ tracer, waitUntil }));
    let finish = () => {};
    app.get("/", (_request, response) => {
      const span = tracer.startTrace().startSpan("stream");
      response.write("first ");
      finish = () => {
        span.end();
        response.end("last");
      };
    });
    const server = app.listen(0, "127.0.0.1");
    await once(server, "listening");
    const response = await fetch(url(server));
    expect(exporter.snapshots).toEqual([]);
    finish();
    expect(await response.text()).toBe("first last");
    await Promise.all(kept);
    expect(exporter.named("stream")?.phase).toBe("ended");
    server.close();
    server.closeAllConnections();
  });
});

describe("hono", () => {
  const answer = (waitUntil?: (promise: Promise<unknown>) => void) => {
    const { tracer, exporter } = setUp();
    const held = heldBody();
    const app = new Hono();
    app.use(everspanHono({ tracer }));
    app.get("/", (context) => {
      const span = tracer.startTrace().startSpan("stream");
      const { end } = held;
      held.end = () => {
        span.end();
        end();
      };
      return context.body(held.body, 201, { "x-kept": "yes" });
    });
    const context = waitUntil === undefined ? undefined : { waitUntil, passThroughOnException() {}, props: {} };
    return { exporter, held, response: app.request("/", {}, {}, context) };
  };

  it("flushes by the platform's waitUntil, after the end of the body and not before", async () => {
    const { kept, waitUntil } = setUp();
    const { exporter, held, response } = answer(waitUntil);
    const { status, headers, body } = await response;
    expect([status, headers.get("x-kept")]).toEqual([201, "yes"]);
    expect(kept).toHaveLength(1);
    expect(exporter.snapshots).toEqual([]);
    held.end();
    expect(await new Response(body).text()).toBe("first last");
    await Promise.all(kept);
    expect(exporter.named("stream")?.phase).toBe("ended");
  });

  it("flushes when the reader goes away before the end", async () => {
    const { kept, waitUntil } = setUp();
    const { exporter, response } = answer(waitUntil);
    await (await response).body?.cancel();
    await Promise.all(kept);
    expect(exporter.named("stream")?.phase).toBe("started");
  });

  it("flushes when a handler has thrown, and Hono's own error goes on", async () => {
    const { tracer, exporter, kept, waitUntil } = setUp();
    const app = new Hono();
    app.use(everspanHono({ tracer }));
    app.get("/", () => tracer.span("failing", async () => Promise.reject(new Error("mine"))));
    const response = await app.request("/", {}, {}, { waitUntil, passThroughOnException() {}, props: {} });
    expect(response.status).toBe(500);
    await Promise.all(kept);
    expect(exporter.named("failing")?.status).toBe("ERROR");
  });

  it("leaves the response alone where nobody waits", async () => {
    const { exporter, held, response } = answer();
    held.end();
    expect(await (await response).text()).toBe("first last");
    expect(exporter.snapshots).toEqual([]);
  });
});

describe("next", () => {
  it("finds the request's waitUntil where Next publishes it, and passes a response without a body", async () => {
    const { tracer, exporter, kept, waitUntil } = setUp();
    const handler = withEverspan({ tracer }, async (request: Request) => {
      tracer.span("request", () => request.url);
      return new Response(null, { status: 204 });
    });
    const key = Symbol.for("@next/request-context");
    const globals = globalThis as Record<symbol, unknown>;
    globals[key] = { get: () => ({ waitUntil }) };
    try {
      expect((await handler(new Request("http://localhost/"))).status).toBe(204);
    } finally {
      delete globals[key];
    }
    await Promise.all(kept);
    expect(exporter.named("request")?.output).toBe("http://localhost/");
  });

  it("flushes when the handler throws, asynchronously or not, and rethrows its error unchanged", async () => {
    const { tracer, exporter, kept, waitUntil } = setUp();
    const mine = new Error("mine");
    for (const handler of [() => Promise.reject(mine), () => tracer.span("failing", () => fail(mine))]) {
      await expect(withEverspan({ tracer, waitUntil }, handler)()).rejects.toBe(mine);
    }
    expect(kept).toHaveLength(2);
    await Promise.all(kept);
    expect(exporter.named("failing")?.status).toBe("ERROR");
  });

  it("waits no longer than its time for a body that nobody reads, and not at all for HEAD", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const { tracer, kept, waitUntil } = setUp();
      const settled = vi.fn();
      const handler = withEverspan({ tracer, waitUntil, timeoutMs: 200 }, (_: Request) => new Response("unread"));
      await handler(new Request("http://localhost/", { method: "HEAD" }));
      await kept[0];
      const response = await handler(new Request("http://localhost/"));
      void kept[1]!.then(settled);
      await vi.advanceTimersByTimeAsync(199);
      expect(settled).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      await kept[1];
      expect(await response.text()).toBe("unread");
    } finally {
      vi.useRealTimers();
    }
  });

  it("waits for a body that is being read, however slow it comes, until its own limit", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const { tracer, kept, waitUntil } = setUp();
      const settled = vi.fn();
      const endless = new ReadableStream({ start() {} });
      const handler = withEverspan({ tracer, waitUntil, timeoutMs: 200, bodyTimeoutMs: 60_000 }, () => {
        return new Response(endless);
      });
      void (await handler()).text();
      void kept[0]!.then(settled);
      await vi.advanceTimersByTimeAsync(59_999);
      expect(settled).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      await kept[0];
    } finally {
      vi.useRealTimers();
    }
  });

  it("leaves a response of a subclass the object that it is, and watches it all the same", async () => {
    const { tracer, exporter, kept, waitUntil } = setUp();
    class OwnResponse extends Response {
      readonly #cookies = { session: "1" };
      get cookies() {
        return this.#cookies;
      }
    }
    const held = heldBody();
    const made = new OwnResponse(held.body, { status: 201, headers: { "content-type": "text/plain" } });
    const span = tracer.startTrace().startSpan("stream");
    const response = await withEverspan({ tracer, waitUntil }, () => made)();
    expect(response).toBe(made);
    expect(response).toBeInstanceOf(OwnResponse);
    expect((response as OwnResponse).cookies).toEqual({ session: "1" });
    const copy = response.clone();
    expect([response.status, response.bodyUsed]).toEqual([201, false]);
    const text = response.text();
    expect(exporter.snapshots).toEqual([]);
    span.end();
    held.end();
    expect([await text, await copy.text()]).toEqual(["first last", "first last"]);
    expect(response.bodyUsed).toBe(true);
    await Promise.all(kept);
    expect(exporter.named("stream")?.phase).toBe("ended");
  });

  it.each([Response.error(), Object.freeze(new (class extends Response {})("frozen"))])(
    "passes what it can't watch as it came",
    async (made) => {
      const { tracer, kept, waitUntil } = setUp();
      expect(await withEverspan({ tracer, waitUntil }, () => made)()).toBe(made);
      await Promise.all(kept);
    },
  );

  it("survives a waitUntil that throws", async () => {
    const { tracer } = setUp();
    const waitUntil = () => {
      throw new Error("outside of a request");
    };
    expect(await (await withEverspan({ tracer, waitUntil }, () => new Response("ok"))()).text()).toBe("ok");
  });

  it("passes the error of a body on", async () => {
    const { tracer, kept, waitUntil } = setUp();
    const broken = new ReadableStream({
      pull() {
        throw new Error("broken pipe");
      },
    });
    const handler = withEverspan({ tracer, waitUntil }, () => new Response(broken));
    await expect((await handler()).text()).rejects.toThrow("broken pipe");
    await Promise.all(kept);
  });
});

describe("a plain server", () => {
  it("needs no plugin: a shutdown when it has closed is enough", async () => {
    const { tracer, exporter } = setUp();
    const server = createServer((_request, response) => response.end(tracer.span("request", () => "ok")));
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    await (await fetch(url(server))).text();
    server.close();
    server.closeAllConnections();
    await tracer.shutdown();
    expect(exporter.named("request")?.output).toBe("ok");
  });
});
