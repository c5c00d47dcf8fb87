import { promisify } from "node:util";
import { inBackground } from "../contract/in-background.ts";
import { type Body, bodyOf } from "./body.ts";

type Encoding = "zstd" | "gzip";
/** Sends a body with these headers. */
type Send<Response> = (body: Body, headers: Readonly<Record<string, string>>) => Promise<Response>;
type Compress = (bytes: Uint8Array, options: object, done: Done) => void;
type Done = (error: Error | null, compressed: Uint8Array) => void;

/** `zstdCompress` is in Node since 22.15. Loaded by who compresses: it takes 8 ms of CPU. */
const zlib = () =>
  process.getBuiltinModule("node:zlib") as { readonly gzip: Compress; readonly zstdCompress?: Compress };
/** ZSTD_c_compressionLevel: absent from the constants where there is no zstd. */
const ZSTD_LEVEL = 100;
/** Higher levels cost a multiple and gain a few percent on prompts. */
const LEVEL = 1;

/** On threads of zlib's own. */
function compress(encoding: Encoding, bytes: Uint8Array): Promise<Uint8Array> {
  const { gzip, zstdCompress } = zlib();
  if (encoding === "gzip") return promisify(gzip)(bytes, { level: LEVEL });
  return promisify(zstdCompress!)(bytes, { params: { [ZSTD_LEVEL]: LEVEL } });
}

/** What is tried where the back end doesn't take it. */
const NEXT = { zstd: "gzip", gzip: undefined } as const;

/**
 * Sends bodies compressed; `zstd` as gzip where the runtime has no zstd. A back end that answers 415 gets the same body
 * in the next form, and plain at last; what it then takes it gets from then on. The body given stays the caller's to
 * release.
 */
export function compressing(compression: Encoding | "none" | undefined) {
  let encoding: Encoding | undefined = compression === "none" ? undefined : compression;
  if (encoding === "zstd" && zlib().zstdCompress === undefined) encoding = "gzip";
  return async <Response extends { readonly status: number }>(body: Body, send: Send<Response>): Promise<Response> => {
    let tried = encoding;
    if (tried === undefined) return send(body, {});
    const bytes = inBackground(() => Buffer.concat(body.pieces as Uint8Array[], body.bytes));
    while (tried !== undefined) {
      const response: Response = await send(bodyOf(await compress(tried, bytes)), { "content-encoding": tried });
      if (response.status !== 415) {
        encoding = tried;
        return response;
      }
      tried = NEXT[tried];
    }
    const response = await send(body, {});
    // Where it is refused as well, it was not for its encoding.
    if (response.status !== 415) encoding = undefined;
    return response;
  };
}
