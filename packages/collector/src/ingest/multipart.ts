/** The parts of a `multipart/form-data` body, as views of its bytes. */
import { HttpError } from "../http/http-errors.ts";
import { MAX_BATCH_RECORDS } from "../limits.ts";

export interface FormPart {
  readonly name: string;
  /** Content type in lower case without parameters; empty when it has none. */
  readonly type: string;
  readonly bytes: Buffer;
}

/** A run has up to eight parts. */
const MAX_PARTS = 8 * MAX_BATCH_RECORDS;
const MAX_HEAD_BYTES = 4096;

/** @param contentType the request's header. @throws HttpError 400 */
export function formParts(body: Buffer, contentType: string): readonly FormPart[] {
  const boundary = /boundary=(?:"([^"]{1,200})"|([^;\s]{1,200}))/i.exec(contentType);
  if (boundary === null) throw bad("the content type names no boundary");
  const delimiter = Buffer.from(`--${boundary[1] ?? boundary[2]}`);
  const parts: FormPart[] = [];
  let at = body.indexOf(delimiter);
  while (at !== -1) {
    const start = at + delimiter.length;
    if (body.subarray(start, start + 2).toString("latin1") === "--") return parts;
    const next = body.indexOf(delimiter, start);
    if (next === -1) break;
    if (parts.length >= MAX_PARTS)
      throw new HttpError(413, "TOO_MANY_SPANS", `a body must have at most ${MAX_PARTS} parts`);
    // Between the delimiters: a line's end, the head, an empty line, the content, a line's end.
    parts.push(readPart(body.subarray(start + 2, next - 2)));
    at = next;
  }
  throw bad("the last part is not closed");
}

function readPart(part: Buffer): FormPart {
  const end = part.subarray(0, MAX_HEAD_BYTES).indexOf("\r\n\r\n");
  if (end === -1) throw bad("a part has no head");
  const head = part.subarray(0, end).toString("utf8");
  const name = /^content-disposition:[^\r\n]*[;\s]name="([^"\r\n]*)"/im.exec(head)?.[1];
  if (name === undefined) throw bad("a part has no name");
  const type = /^content-type:\s*([^;\s]+)/im.exec(head)?.[1]?.toLowerCase() ?? "";
  return { name, type, bytes: part.subarray(end + 4) };
}

function bad(message: string): HttpError {
  return new HttpError(400, "BAD_MULTIPART", `the body is not valid multipart/form-data: ${message}`);
}
