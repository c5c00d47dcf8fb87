import { promisify } from "node:util";
import { gzip as gzipCallback } from "node:zlib";
import { type Body, bodyOf } from "./body.ts";

const gzipAsync = promisify(gzipCallback);
/** Higher levels cost a multiple and gain a few percent on prompts. */
const LEVEL = 1;

/** Compresses on a thread of zlib's own. The body given stays the caller's to release. */
export async function gzip(body: Body): Promise<Body> {
  return bodyOf(await gzipAsync(Buffer.concat(body.pieces as Uint8Array[], body.bytes), { level: LEVEL }));
}
