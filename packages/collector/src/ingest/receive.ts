/** A request's body as parsed JSON, with every bound checked before the work that it bounds. */
import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip, type InputType, type ZlibOptions } from "node:zlib";
import { HttpError } from "../http/answer.ts";
import type { RouteRequest } from "../http/router.ts";
import { MAX_BODY_BYTES, MAX_BUFFERED_BODY_BYTES, MAX_COMPRESSED_BODY_BYTES } from "../limits.ts";
import { scanJson } from "./json-scan.ts";

/** With `info`, Node also tells how much of the input the stream took. */
const gunzipWithInfo = promisify(gunzip) as unknown as (
  input: InputType,
  options: ZlibOptions & { info: true },
) => Promise<{ buffer: Buffer; engine: { bytesWritten: number } }>;

type Encoding = "identity" | "gzip";

export class BodyReceiver {
  #heldBytes = 0;

  /** @throws HttpError 400, 413, 415 or 503 */
  async receiveJson(request: RouteRequest): Promise<unknown> {
    requireJsonType(request.raw);
    const encoding = encodingOf(request.raw);
    const maxBytes = encoding === "gzip" ? MAX_COMPRESSED_BODY_BYTES : MAX_BODY_BYTES;
    const declaredBytes = declaredLength(request.raw, maxBytes);
    const reservedBytes = this.#reserve(encoding === "gzip" ? MAX_BODY_BYTES : (declaredBytes ?? maxBytes));
    try {
      request.sendContinue();
      const received = await readBody(request.raw, maxBytes);
      return parse(encoding === "gzip" ? await decompress(received) : received);
    } finally {
      this.#heldBytes -= reservedBytes;
    }
  }

  /** One body is always let in, however small the bound. */
  #reserve(bytes: number): number {
    if (this.#heldBytes > 0 && this.#heldBytes + bytes > MAX_BUFFERED_BODY_BYTES) {
      throw new HttpError(503, "BUSY", "too many requests are being received", { "retry-after": "1" });
    }
    this.#heldBytes += bytes;
    return bytes;
  }
}

function requireJsonType(request: IncomingMessage): void {
  const type = request.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw new HttpError(415, "UNSUPPORTED_MEDIA_TYPE", "the body must have the content type application/json");
  }
}

function encodingOf(request: IncomingMessage): Encoding {
  const encoding = request.headers["content-encoding"]?.toLowerCase() ?? "identity";
  if (encoding === "identity" || encoding === "gzip") return encoding;
  throw new HttpError(415, "UNSUPPORTED_ENCODING", "the content encoding must be gzip or identity", {
    "accept-encoding": "gzip",
  });
}

function declaredLength(request: IncomingMessage, maxBytes: number): number | undefined {
  const header = request.headers["content-length"];
  if (header === undefined) return undefined;
  const bytes = Number(header);
  if (bytes > maxBytes) throw tooLarge(maxBytes);
  return bytes;
}

/** Stops reading at the bound; the connection is closed with the answer, since the rest was not read. */
function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes <= maxBytes) chunks.push(chunk);
      else reject(tooLarge(maxBytes));
    });
    request.on("end", () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    request.on("close", () => reject(new HttpError(400, "INCOMPLETE_BODY", "the body ended early")));
  });
}

async function decompress(compressed: Buffer): Promise<Buffer> {
  try {
    const { buffer, engine } = await gunzipWithInfo(compressed, { maxOutputLength: MAX_BODY_BYTES, info: true });
    if (engine.bytesWritten === compressed.byteLength) return buffer;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(MAX_BODY_BYTES);
  }
  throw new HttpError(400, "BAD_GZIP", "the body is not one whole gzip stream");
}

function parse(body: Buffer): unknown {
  const finding = scanJson(body);
  if (finding !== undefined) throw new HttpError(413, "JSON_LIMIT", `the body's JSON goes beyond a limit: ${finding}`);
  if (!isUtf8(body)) throw new HttpError(400, "BAD_UTF8", "the body is not valid UTF-8");
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new HttpError(400, "BAD_JSON", "the body is not valid JSON");
  }
}

function tooLarge(maxBytes: number): HttpError {
  return new HttpError(413, "TOO_LARGE", `the body must have at most ${maxBytes} bytes`);
}
