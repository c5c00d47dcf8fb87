import { hash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CollectorFixture } from "../testing/collector-fixture.ts";
import type { HttpResult } from "./http-result.ts";
import { parseTarget } from "./request-path.ts";
import { ViewerFiles } from "./viewer-files.ts";

let directory: string;
let files: ViewerFiles;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "everspan-viewer-"));
  mkdirSync(join(directory, "dist/assets"), { recursive: true });
  writeFileSync(join(directory, "secret.txt"), "secret");
  writeFileSync(join(directory, "dist/index.html"), "<!doctype html>index");
  writeFileSync(join(directory, "dist/assets/index-B3x9Qk2a.js"), "script");
  writeFileSync(join(directory, "dist/assets/index-B3x9Qk2a.js.br"), "script as br");
  writeFileSync(join(directory, "dist/assets/index-B3x9Qk2a.js.gz"), "script as gzip");
  writeFileSync(join(directory, "dist/assets/lone.txt.gz"), "of no file");
  mkdirSync(join(directory, "dist/docs"));
  writeFileSync(join(directory, "dist/docs/index.html"), "the documents");
  writeFileSync(join(directory, "dist/docs/concepts.html"), "concepts");
  symlinkSync(join(directory, "secret.txt"), join(directory, "dist/link.txt"));
  files = new ViewerFiles(join(directory, "dist"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function get(url: string, headers: Record<string, string> = { accept: "text/html" }): HttpResult | undefined {
  return files.find({ headers } as unknown as IncomingMessage, parseTarget(url));
}

function bodyOf(answer: HttpResult | undefined): string | undefined {
  return answer?.body.kind === "bytes" ? String(answer.body.bytes) : undefined;
}

test("a file with a hash in its name may be kept for ever, the page is asked for again each time", () => {
  expect(get("/assets/index-B3x9Qk2a.js")?.headers?.["cache-control"]).toContain("immutable");
  const page = get("/");
  expect(bodyOf(page)).toContain("index");
  expect(page?.headers?.["cache-control"]).toBe("no-cache");
  expect(get("/", { "if-none-match": page!.headers!.etag! })?.status).toBe(304);
});

test("a link into the viewer gives its page; an unknown file, or a path of the API, does not", () => {
  expect(bodyOf(get("/traces/abc/spans/def"))).toContain("index");
  expect(get("/traces/abc", { accept: "application/json" })).toBeUndefined();
  expect(get("/api/unknown")).toBeUndefined();
  expect(get("/v5/unknown")).toBeUndefined();
});

test("the documents are served with their folder's name alone, and each page by its own", () => {
  for (const path of ["/docs", "/docs/", "/docs/index.html"]) expect(bodyOf(get(path))).toBe("the documents");
  expect(bodyOf(get("/docs/concepts.html"))).toBe("concepts");
});

test.each([
  "/../secret.txt",
  "/%2e%2e/secret.txt",
  "/..%2fsecret.txt",
  "/assets/../../secret.txt",
  "//secret.txt",
  "/link.txt",
  "/link.txt?raw",
  "/secret.txt??",
  "/secret.txt?import&raw",
  "/@fs/etc/passwd",
  "/etc/passwd",
  "/ASSETS/index-B3x9Qk2a.js",
  "/assets/index-B3x9Qk2a.js/",
  "/secret.txt%00.html",
  "/secret.txt?.svg",
])("X8 %s leads to no file outside the built viewer, and to no other spelling of one within", (url) => {
  let answer: HttpResult | undefined;
  try {
    answer = get(url);
  } catch (error) {
    expect(error).toMatchObject({ status: 400 });
    return;
  }
  expect(bodyOf(answer) ?? "index").toContain("index");
});

test("without a build there is a page that says how to make one", () => {
  const empty = new ViewerFiles(join(directory, "dist/assets"));
  const answer = empty.find({ headers: { accept: "text/html" } } as unknown as IncomingMessage, parseTarget("/"));
  expect(bodyOf(answer)).toContain("npm run build");
});

test.each([
  ["br", "script as br"],
  ["gzip, deflate, br, zstd", "script as br"],
  ["gzip;q=1.0, br;q=0", "script as gzip"],
  ["deflate", "script"],
  ["", "script"],
])("what the build has compressed is served to who takes %j: %s", (accepts, body) => {
  const path = "/assets/index-B3x9Qk2a.js";
  const answer = get(path, { "accept-encoding": accepts });
  expect(bodyOf(answer)).toBe(body);
  const encoding = body.split(" as ")[1];
  expect(answer?.headers?.["content-encoding"]).toBe(encoding);
  expect(answer?.headers?.vary).toBe("accept-encoding");
  expect(answer?.body).toMatchObject({ type: "text/javascript; charset=utf-8" });
  const etag = answer!.headers!.etag!;
  const again = get(path, { "accept-encoding": accepts, "if-none-match": etag });
  expect(again).toMatchObject({ status: 304, headers: { etag, vary: "accept-encoding" } });
  // Other bytes have another name.
  for (const other of ["br", "gzip", ""].filter((name) => name !== (encoding ?? "")))
    expect(get(path, { "accept-encoding": other, "if-none-match": etag })?.status).toBe(200);
});

test.each(["/assets/index-B3x9Qk2a.js.br", "/assets/lone.txt.gz", "/assets/lone.txt"])(
  "%s is no file of its own",
  (path) => expect(get(path, {})).toBeUndefined(),
);

test("X36 what is changed on the disk after the start is not served: bytes and their hash are those of the start", () => {
  const folder = mkdtempSync(join(tmpdir(), "everspan-tampered-"));
  try {
    writeFileSync(join(folder, "index.html"), "<!doctype html>whole");
    const files = new ViewerFiles(folder);
    const get = (path: string) => {
      const raw = { headers: { accept: "text/html" } } as unknown as IncomingMessage;
      return files.find(raw, { path, segments: path.split("/").slice(1), query: new URLSearchParams() });
    };
    const before = get("/index.html");
    writeFileSync(join(folder, "index.html"), "<!doctype html>tampered");
    writeFileSync(join(folder, "added.js"), "alert(1)");
    expect(get("/index.html")).toEqual(before);
    expect(get("/added.js")).toEqual(before);
    expect(before?.headers?.etag).toBe(`"${hash("sha256", "<!doctype html>whole", "base64url").slice(0, 22)}"`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  "/debug",
  "/debug/pprof",
  "/heapdump",
  "/env",
  "/.env",
  "/.git/config",
  "/assets/index.js.map",
  "/api/debug",
])("X37 nothing is served at %s that is for developers only", async (path) => {
  const fixture = await CollectorFixture.start();
  try {
    expect((await fixture.get(path)).status).toBe(404);
  } finally {
    await fixture.stop();
  }
});
