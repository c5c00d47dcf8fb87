import { node } from "@elysiajs/node";
import { Elysia, status } from "elysia";
import { everspanElysia } from "everspan/elysia";
import { parts, work } from "./scenes.mjs";

/** @param tracer undefined: bare @param adapter Node's by default; none on Bun */
export async function start(tracer, adapter = node()) {
  const app = new Elysia({ adapter });
  if (tracer !== undefined) app.use(everspanElysia({ tracer, ignore: ({ url }) => url.endsWith("/health") }));
  app
    .get("/health", () => "well")
    .get("/text", ({ set }) => {
      set.headers["x-kept"] = "yes";
      return "text";
    })
    .use(new Elysia({ prefix: "/users" }).get("/:id", ({ params: { id } }) => ({ id })))
    .post("/echo", ({ body, set }) => {
      set.status = 201;
      return body;
    })
    .post("/raw", async ({ request }) => request.text(), { parse: "none" })
    .get("/stream", async function* () {
      for await (const part of parts()) yield part;
    })
    .get("/response", () => new Response("whole", { headers: { "x-own": "yes" } }))
    .get("/work", ({ query: { name } }) => work(tracer, name))
    .get("/refused", () => status(418, "short and stout"))
    .get("/fails", async () => {
      await null;
      throw new RangeError("no such row");
    })
    .get("/waits", async function* () {
      yield "begun";
      await new Promise(() => {});
    });
  const server = await new Promise((resolve) => app.listen({ port: 0, hostname: "127.0.0.1" }, resolve));
  const listening = server.node?.server;
  if (listening !== undefined && !listening.listening)
    await new Promise((resolve) => listening.once("listening", resolve));
  const port = listening?.address().port ?? server.port;
  // The adapter for Node leaves `app.server` unset: its server is closed itself.
  const close = async () => {
    if (listening === undefined) return app.stop(true);
    listening.closeAllConnections();
    await new Promise((resolve) => listening.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, close };
}
