/**
 * The viewer's built files, and the documents beside them, read once into a map. A request's path is only ever looked up
 * in it, never joined to a directory, so there is no path that leads elsewhere.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { type HttpResult, text } from "./http-result.ts";
import type { RequestTarget } from "./request-path.ts";
import { acceptedEncoding, type Encoding } from "./response-writer.ts";

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
const HASHED_NAME = /^\/assets\/.*-[\w-]{8}\.\w+$/;

/** The viewer: beside the bundled collector; else in its own package, seen from the bundle and from the sources. */
const CANDIDATES = ["./viewer/", "../../viewer/dist/", "../../../viewer/dist/"];

const MISSING_PAGE = `<!doctype html><meta charset="utf-8"><title>Everspan</title>
<h1>The viewer is not built</h1>
<p>The collector works. To see traces here, run <code>npm run build</code> in the repository and start it again.</p>
`;

/** What the build has compressed beside each file, by the ending of its name; see the viewer's `precompress.ts`. */
const ENCODING_OF_ENDING = { br: "br", gz: "gzip" } as const satisfies Record<string, Encoding>;

interface Representation {
  readonly bytes: Buffer;
  readonly etag: string;
}

interface ViewerFile extends Representation {
  readonly type: string;
  readonly encoded: ReadonlyMap<Encoding, Representation>;
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

/** Each representation has an ETag of its own, since its bytes are others; a cache must ask which one its reader takes. */
function fileResult(request: IncomingMessage, file: ViewerFile, isImmutable: boolean): HttpResult {
  const accepted = acceptedEncoding(request.headers["accept-encoding"], [...file.encoded.keys()]);
  const { bytes, etag } = (accepted && file.encoded.get(accepted)) ?? file;
  const { type } = file;
  const headers = {
    etag,
    "cache-control": isImmutable ? "public, max-age=31536000, immutable" : "no-cache",
    ...(file.encoded.size > 0 && { vary: "accept-encoding" }),
    ...(accepted !== undefined && { "content-encoding": accepted }),
  };
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
  const encoded: [path: string, encoding: Encoding, representation: Representation][] = [];
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const ending = entry.name.split(".").at(-1) ?? "";
    const type = TYPES[ending];
    const encoding = Object.hasOwn(ENCODING_OF_ENDING, ending) ? ENCODING_OF_ENDING[ending as "br" | "gz"] : undefined;
    if (type === undefined && encoding === undefined) continue;
    const name = `/${relative(directory, path).split(sep).join("/")}`;
    const representation = readRepresentation(path);
    if (encoding !== undefined) encoded.push([name.slice(0, -ending.length - 1), encoding, representation]);
    else files.set(name, { type: type!, ...representation, encoded: new Map() });
  }
  for (const [name, encoding, representation] of encoded) {
    const file = files.get(name);
    if (file !== undefined) (file.encoded as Map<Encoding, Representation>).set(encoding, representation);
  }
  for (const [name, file] of [...files]) {
    if (!name.endsWith("/index.html")) continue;
    const folder = name.slice(0, -"index.html".length);
    files.set(folder, file);
    if (folder !== "/") files.set(folder.slice(0, -1), file);
  }
  return files;
}

function readRepresentation(path: string): Representation {
  const bytes = readFileSync(path);
  return { bytes, etag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"` };
}
