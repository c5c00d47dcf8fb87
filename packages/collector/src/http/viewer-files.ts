/**
 * The viewer's built files, read once into a map. A request's path is only ever looked up in it, never joined to a
 * directory, so there is no path that leads elsewhere.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { type HttpResult, text } from "./http-result.ts";
import type { RequestTarget } from "./request-path.ts";

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  ico: "image/x-icon",
  json: "application/json; charset=utf-8",
  woff2: "font/woff2",
  txt: "text/plain; charset=utf-8",
};

/** The build puts a hash of the content into the name, e.g. `assets/index-B3x9Qk2a.js`. */
const HASHED_NAME = /^\/assets\/.*-[\w-]{8,}\.\w+$/;

/** The viewer: beside the bundled collector; else in its own package, seen from the bundle and from the sources. */
const CANDIDATES = ["./viewer/", "../../viewer/dist/", "../../../viewer/dist/"];

const MISSING_PAGE = `<!doctype html><meta charset="utf-8"><title>Everspan</title>
<h1>The viewer is not built</h1>
<p>The collector works. To see traces here, run <code>npm run build</code> in the repository and start it again.</p>
`;

interface ViewerFile {
  readonly type: string;
  readonly bytes: Buffer;
  readonly etag: string;
}

export class ViewerFiles {
  readonly #files: ReadonlyMap<string, ViewerFile>;

  constructor(directory: string | undefined = findViewer()) {
    this.#files = directory === undefined ? new Map() : readFiles(directory);
  }

  /** The file; or, for a page that the viewer itself routes, its `index.html`; or undefined. */
  find(request: IncomingMessage, { path, segments }: RequestTarget): HttpResult | undefined {
    const file = this.#files.get(path);
    if (file !== undefined) return fileResult(request, file, HASHED_NAME.test(path));
    if (segments[0] === "api" || segments[0] === "v1" || segments[0] === "v5") return undefined;
    if (!request.headers.accept?.includes("text/html")) return undefined;
    const index = this.#files.get("/index.html");
    return index === undefined ? text(MISSING_PAGE, TYPES.html, 200) : fileResult(request, index, false);
  }
}

function fileResult(request: IncomingMessage, { type, bytes, etag }: ViewerFile, isImmutable: boolean): HttpResult {
  const headers = { etag, "cache-control": isImmutable ? "public, max-age=31536000, immutable" : "no-cache" };
  if (request.headers["if-none-match"] === etag) return { status: 304, headers, body: { kind: "empty" } };
  return { status: 200, headers, body: { kind: "bytes", type, bytes } };
}

function findViewer(): string | undefined {
  const directories = CANDIDATES.map((candidate) => fileURLToPath(new URL(candidate, import.meta.url)));
  return directories.find((directory) => existsSync(join(directory, "index.html")));
}

/** Regular files only: a link could lead out of the directory. */
function readFiles(directory: string): Map<string, ViewerFile> {
  const files = new Map<string, ViewerFile>();
  if (!existsSync(directory)) return files;
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const type = TYPES[entry.name.split(".").at(-1) ?? ""];
    if (type === undefined) continue;
    const bytes = readFileSync(path);
    const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
    const file = { type, bytes, etag };
    files.set(`/${relative(directory, path).split(sep).join("/")}`, file);
  }
  const index = files.get("/index.html");
  if (index !== undefined) files.set("/", index);
  return files;
}
