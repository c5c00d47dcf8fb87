import { Readable } from "node:stream";
import Router from "@koa/router";
import { everspanKoa } from "everspan/koa";
import Koa from "koa";
import { parts, work } from "./scenes.mjs";

/** @param tracer undefined: bare */
export async function start(tracer) {
  const app = new Koa();
  app.silent = true;
  if (tracer !== undefined) app.use(everspanKoa({ tracer, ignore: ({ url }) => url === "/health" }));
  const router = new Router();
  router.get("/health", (context) => {
    context.body = "well";
  });
  router.get("/text", (context) => {
    context.set("x-kept", "yes");
    context.body = "text";
  });
  router.get("/users/:id", (context) => {
    context.body = { id: context.params.id };
  });
  router.post("/echo", async (context) => {
    let text = "";
    for await (const chunk of context.req) text += chunk;
    context.status = 201;
    context.body = JSON.parse(text);
  });
  router.get("/stream", (context) => {
    context.type = "text/plain";
    context.body = Readable.from(parts());
  });
  router.get("/work", async (context) => {
    context.body = await work(tracer, context.query.name);
  });
  router.get("/refused", (context) => context.throw(418, "short and stout"));
  router.get("/fails", async () => {
    await null;
    throw new RangeError("no such row");
  });
  router.get("/waits", (context) => {
    context.respond = false;
    context.res.write("begun");
  });
  app.use(router.routes());
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
