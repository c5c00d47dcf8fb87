import { afterEach, expect, test } from "vitest";
import type { Logger } from "../logger.ts";
import { json } from "./answer.ts";
import { HttpServer } from "./http-server.ts";
import { type Route, Router } from "./router.ts";
import { ViewerFiles } from "./viewer-files.ts";

let server: HttpServer | undefined;
afterEach(() => server?.close());

async function serve(routes: readonly Route[], logger: Logger): Promise<string> {
  server = new HttpServer({
    router: new Router(routes),
    token: undefined,
    viewer: new ViewerFiles("/nonexistent"),
    logger,
  });
  const port = await server.listen("127.0.0.1", 0, (bound) => new Set([`127.0.0.1:${bound}`]));
  return `http://127.0.0.1:${port}`;
}

test("S19 a route that throws is a 500 without a word of the inside, and the process goes on", async () => {
  const errors: string[] = [];
  const logger: Logger = { info: () => {}, warn: () => {}, error: (message) => void errors.push(message) };
  const route = (pattern: string, handler: Route["handler"]): Route => ({
    method: "GET",
    pattern,
    scope: "public",
    summary: "",
    handler,
  });
  const url = await serve(
    [
      route("/throws", () => {
        throw new Error("secret path /var/data");
      }),
      route("/rejects", async () => Promise.reject(undefined)),
      route("/works", () => json({ works: true })),
    ],
    logger,
  );
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

test("two routes for the same requests are refused at the start", () => {
  const route = (pattern: string): Route => ({
    method: "GET",
    pattern,
    scope: "read",
    summary: "",
    handler: () => json({}),
  });
  expect(() => new Router([route("/a/:x"), route("/a/:y")])).toThrow("two routes");
});
