/** An id (of a span, a trace, a parent, a task) from anything, as every back end takes it. Total. */
import { createHash } from "node:crypto";
import { MAX_ID_BYTES } from "@everspan/protocol";
import { wellFormedHead } from "./marks.ts";
import { captureName } from "./name.ts";
import { wellFormed } from "./well-formed.ts";

/** Even of three-byte characters so many fit. */
const SURELY_SHORT_CHARACTERS = Math.floor(MAX_ID_BYTES / 3);
const HEAD_CHARACTERS = 64;
/** Of a longer one the rest does not tell it apart: reading megabytes would hold the application up. */
const HASHED_CHARACTERS = 16 * 1024;

/**
 * A usable string stays as it is. NUL and lone surrogates, which back ends refuse, become U+FFFD; what is longer than
 * 256 bytes becomes its head and a hash, so that the same id is still the same.
 */
export function captureId(value: unknown): string {
  const text = typeof value === "string" ? value : captureName(value);
  if (text.length > HASHED_CHARACTERS) return shortened(`${text.slice(0, HASHED_CHARACTERS)} ${text.length}`);
  const clean = wellFormed(text.includes("\0") ? text.replaceAll("\0", "\ufffd") : text);
  if (clean.length <= SURELY_SHORT_CHARACTERS || Buffer.byteLength(clean) <= MAX_ID_BYTES) return clean;
  return shortened(clean);
}

function shortened(text: string): string {
  return `${wellFormedHead(text, HEAD_CHARACTERS).replaceAll("\0", "\ufffd")}~${createHash("sha256").update(text).digest("hex").slice(0, 32)}`;
}
