/** In the place of `encoding/compression.ts`: gzip by the platform's own stream, whatever is asked for. */
import { type Body, bodyOf } from "../encoding/body.ts";

/** The body given stays the caller's to release. */
export function compressing(compression?: string) {
  return async <Response>(
    body: Body,
    send: (body: Body, headers?: Record<string, string>) => Promise<Response>,
  ): Promise<Response> => (compression && compression !== "none" ? send(await gzip(body), GZIP) : send(body));
}

const GZIP = { "content-encoding": "gzip" };

async function gzip(body: Body): Promise<Body> {
  const source = new Blob(body.pieces as Uint8Array<ArrayBuffer>[]).stream();
  const compressed = source.pipeThrough(new globalThis.CompressionStream("gzip"));
  return bodyOf(new Uint8Array(await new Response(compressed).arrayBuffer()));
}
