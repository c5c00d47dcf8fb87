import { once } from "node:events";
import { connect } from "node:net";
import { z } from "@hono/zod-openapi";
import { afterEach, expect, test } from "vitest";
import { type Logger, silentLogger } from "../logger.ts";
import { json } from "./http-result.ts";
import { HttpServer, type HttpServerOptions } from "./http-server.ts";
import { jsonBody, type Route, route } from "./route.ts";
import { Router } from "./router.ts";
import { ViewerFiles } from "./viewer-files.ts";

let server: HttpServer | undefined;
afterEach(() => server?.close());

async function serve(routes: readonly Route[], options: Partial<HttpServerOptions> = {}): Promise<number> {
  const viewer = new ViewerFiles("/nonexistent");
  server = new HttpServer({
    router: new Router(routes),
    permit: () => "default",
    viewer,
    logger: silentLogger,
    ...options,
  });
  return server.listen("127.0.0.1", 0, (port) => new Set([`127.0.0.1:${port}`]));
}

function publicRoute(path: string, handler: Route["handler"]): Route {
  const response = jsonBody("", z.unknown());
  return route({ method: "GET", path, scope: "public", summary: "", response, handler });
}

/** Sends the beginning of a request and never the rest. @returns what came back until the server closed */
async function sendBeginning(port: number, beginning: string): Promise<string> {
  const socket = connect(port, "127.0.0.1", () => socket.write(beginning));
  let answer = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    answer += chunk;
  });
  await once(socket, "close");
  return answer;
}

test("S3 headers or a body that do not come in time end their connection, and others are served meanwhile", async () => {
  const timeouts = { headersMs: 100, requestMs: 200, idleMs: 1000, standstillMs: 5000, checkIntervalMs: 20 };
  const readBody = publicRoute("/body", async ({ raw }) => json((await raw.toArray()).length));
  const port = await serve([{ ...readBody, method: "PUT" }, publicRoute("/body", () => json({}))], { timeouts });
  const head = `PUT /body HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`;
  const slow = [sendBeginning(port, `${head}X-Slow: `), sendBeginning(port, `${head}Content-Length: 9\r\n\r\n{`)];
  expect((await fetch(`http://127.0.0.1:${port}/body`)).status).toBe(200);
  for (const answer of await Promise.all(slow)) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
});

test("S19 a route that throws is a 500 without a word of the inside, and the process goes on", async () => {
  const errors: string[] = [];
  const logger: Logger = { info: () => {}, warn: () => {}, error: (message) => void errors.push(message) };
  const port = await serve(
    [
      publicRoute("/throws", () => {
        throw new Error("secret path /var/data");
      }),
      publicRoute("/rejects", async () => Promise.reject(undefined)),
      publicRoute("/works", () => json({ works: true })),
    ],
    { logger },
  );
  const url = `http://127.0.0.1:${port}`;
  for (const path of ["/throws", "/rejects"]) {
    const answer = await fetch(url + path);
    expect(answer.status).toBe(500);
    expect(await answer.json()).toEqual({
      error: { code: "INTERNAL", message: "the collector failed to serve this request" },
    });
  }
  expect(errors).toHaveLength(2);
  expect((await fetch(`${url}/works`)).status).toBe(200);
});
