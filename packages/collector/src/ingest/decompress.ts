/** What a body may be compressed with, and its bytes without it. */
import type { Transform } from "node:stream";
import * as zlib from "node:zlib";
import { HttpError } from "../http/http-errors.ts";

export type Compression = "zstd" | "br" | "gzip";

interface Decompressor extends Transform {
  /** Bytes of the compressed body that it has taken. */
  readonly bytesWritten: number;
}

/** Node has it since 22.15. */
const { createZstdDecompress } = zlib as { readonly createZstdDecompress?: (options: object) => Decompressor };
/** ZSTD_d_windowLogMax: absent from the constants where there is no zstd. */
const ZSTD_WINDOW_LOG_MAX = 100;
/** What RFC 8878 asks of every decoder; a frame that asks for more is refused. */
const ZSTD_WINDOW_LOG = 23;

const KINDS: Record<Compression, { readonly windowBytes: number; readonly create: (() => Decompressor) | undefined }> =
  {
    zstd: {
      windowBytes: 2 ** ZSTD_WINDOW_LOG,
      create:
        createZstdDecompress && (() => createZstdDecompress({ params: { [ZSTD_WINDOW_LOG_MAX]: ZSTD_WINDOW_LOG } })),
    },
    br: { windowBytes: 2 ** 24, create: zlib.createBrotliDecompress },
    gzip: { windowBytes: 2 ** 15, create: zlib.createGunzip },
  };

/** What this runtime decompresses, the best first. */
export const COMPRESSIONS = (["zstd", "br", "gzip"] as const).filter((name) => KINDS[name].create !== undefined);

export function isCompression(name: string): name is Compression {
  return (COMPRESSIONS as readonly string[]).includes(name);
}

/**
 * @param hold called before output is kept, with all there is until now and what the decompressor itself may hold;
 * throws where that is too much, so that a bomb is never held
 */
export function decompress(
  compressed: Buffer,
  compression: Compression,
  hold: (bytes: number, windowBytes: number) => void,
): Promise<Buffer> {
  const { create, windowBytes } = KINDS[compression];
  return new Promise((resolve, reject) => {
    hold(0, windowBytes);
    const stream = create!();
    const chunks: Buffer[] = [];
    let bytes = 0;
    const fail = (error: unknown) => {
      stream.destroy();
      reject(error);
    };
    const broken = () => fail(notWhole(compression));
    stream.on("data", (chunk: Buffer) => {
      bytes += chunk.byteLength;
      try {
        hold(bytes, windowBytes);
        chunks.push(chunk);
      } catch (error) {
        fail(error);
      }
    });
    stream.on("error", broken);
    stream.on("end", () => {
      if (stream.bytesWritten === compressed.byteLength) resolve(Buffer.concat(chunks));
      else broken();
    });
    stream.end(compressed);
  });
}

function notWhole(compression: Compression): HttpError {
  if (compression === "gzip") return new HttpError(400, "BAD_GZIP", "the body is not one whole gzip stream");
  return new HttpError(400, "BAD_COMPRESSION", `the body is not one whole ${compression} stream`);
}
