/** In the place of `encoding/gzip.ts`: by the platform's own stream. */
import { type Body, bodyOf } from "../encoding/body.ts";

/** The body given stays the caller's to release. */
export async function gzip(body: Body): Promise<Body> {
  const source = new Blob(body.pieces as Uint8Array<ArrayBuffer>[]).stream();
  const compressed = source.pipeThrough(new globalThis.CompressionStream("gzip"));
  return bodyOf(new Uint8Array(await new Response(compressed).arrayBuffer()));
}
