import { serve } from "@hono/node-server";
import { traceRequests } from "everspan/hono";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { stream, streamText } from "hono/streaming";
import { parts, work } from "./scenes.mjs";

/** @param tracer undefined: bare */
export function hono(tracer) {
  const app = new Hono();
  if (tracer !== undefined) app.use(traceRequests({ tracer, ignore: ({ url }) => url.endsWith("/health") }));
  const users = new Hono().get("/:id", (context) => context.json({ id: context.req.param("id") }));
  app.route("/users", users);
  app.get("/health", (context) => context.text("well"));
  app.get("/text", (context) => context.text("text", 200, { "x-kept": "yes" }));
  app.post("/echo", async (context) => context.json(await context.req.json(), 201));
  app.get("/stream", (context) =>
    stream(context, async (out) => {
      for await (const part of parts()) await out.write(part);
    }),
  );
  app.get("/words", (context) =>
    streamText(context, async (out) => {
      for await (const part of parts()) await out.write(part);
    }),
  );
  app.get("/work", async (context) => context.json(await work(tracer, context.req.query("name"))));
  app.get("/refused", () => {
    throw new HTTPException(418, { message: "short and stout" });
  });
  app.get("/fails", async () => {
    await null;
    throw new RangeError("no such row");
  });
  app.get("/waits", (context) =>
    stream(context, async (out) => {
      await out.write("begun");
      await new Promise(() => {});
    }),
  );
  app.onError((error, context) =>
    error instanceof HTTPException ? error.getResponse() : context.text(error.message, 500),
  );
  return app;
}

/** By Hono's server for Node. */
export async function start(tracer) {
  const server = await new Promise((resolve) => {
    const listening = serve({ fetch: hono(tracer).fetch, port: 0, hostname: "127.0.0.1" }, () => resolve(listening));
  });
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
