/** A request's target as decoded path segments and query. What two parsers could read differently is refused. */
import { HttpError } from "./http-errors.ts";

export interface RequestTarget {
  readonly path: string;
  /** Each decoded once. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
}

/** Encoded slashes, backslashes and NUL; and characters that have no place in a target. */
const AMBIGUOUS = /%2f|%5c|%00|[#\\\s]|[^\x21-\x7e]/i;

/** @throws HttpError 400 */
export function parseTarget(url: string | undefined): RequestTarget {
  if (url === undefined || !url.startsWith("/")) throw badTarget("the target must be a path");
  const [path, search] = splitAt(url, "?");
  if (AMBIGUOUS.test(path) || path.includes("//")) throw badTarget("the path is not in its plain form");
  const segments = path.slice(1).split("/").map(decodeSegment);
  if (segments.some((segment) => segment === "." || segment === "..")) throw badTarget("the path has dot segments");
  return { path, segments, query: new URLSearchParams(search) };
}

function splitAt(textToSplit: string, separator: string): [before: string, after: string] {
  const at = textToSplit.indexOf(separator);
  return at === -1 ? [textToSplit, ""] : [textToSplit.slice(0, at), textToSplit.slice(at + 1)];
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badTarget("the path has a broken percent-encoding");
  }
}

function badTarget(message: string): HttpError {
  return new HttpError(400, "BAD_TARGET", message);
}
