import { Readable } from "node:stream";
import { traceRequests } from "everspan/express";
import express from "express";
import { parts, work } from "./scenes.mjs";

/** @param tracer undefined: bare */
export async function start(tracer) {
  const app = express();
  app.set("env", "test");
  if (tracer !== undefined) app.use(traceRequests({ tracer, ignore: ({ url }) => url === "/health" }));
  const users = express.Router();
  users.get("/:id", (request, response) => void response.json({ id: request.params.id }));
  app.use("/users", users);
  app.get("/health", (_request, response) => void response.send("well"));
  app.get("/text", (_request, response) => void response.set("x-kept", "yes").send("text"));
  app.post("/echo", express.json(), (request, response) => void response.status(201).json(request.body));
  app.get("/stream", (_request, response) => void Readable.from(parts()).pipe(response.type("text/plain")));
  app.get("/work", async (request, response) => void response.json(await work(tracer, request.query.name)));
  app.get("/refused", () => {
    throw Object.assign(new Error("short and stout"), { status: 418 });
  });
  app.get("/fails", async () => {
    throw new RangeError("no such row");
  });
  app.get("/waits", (_request, response) => void response.write("begun"));
  app.use((error, _request, response, _next) => void response.status(error.status ?? 500).send(error.message));
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
