/**
 * Every code that an unsuccessful response may carry, in one table: the compiler holds the statuses, the API's document
 * lists the codes of each route, and `docs/errors.md` says what a sender does about each; a test compares them.
 */
export const HTTP_ERRORS = {
  BAD_COMPRESSION: { statuses: [400], meaning: "The body is not one whole stream of its encoding, br or zstd." },
  BAD_GZIP: { statuses: [400], meaning: "The body is not one whole gzip stream." },
  BAD_HOST: { statuses: [400], meaning: "The request has no Host header, or several." },
  BAD_JSON: { statuses: [400], meaning: "The body is not valid JSON." },
  BAD_MULTIPART: { statuses: [400], meaning: "The body is not valid multipart/form-data." },
  BAD_QUERY: {
    statuses: [400, 422],
    meaning: "A query parameter has a value it can't have, or a name that is not known.",
  },
  BAD_REQUEST: {
    statuses: [400, 408, 431],
    meaning: "What was sent is not HTTP/1.1, came too slowly, or has headers that are too large.",
  },
  BAD_SEARCH: { statuses: [422], meaning: "A filter of a search is not known or has a value it can't have." },
  BAD_TARGET: {
    statuses: [400],
    meaning: "The path is not in its plain form: encoded slashes, dot segments, broken percent-encoding.",
  },
  BAD_UTF8: { statuses: [400], meaning: "The body is not valid UTF-8." },
  BUSY: {
    statuses: [503],
    meaning: "The collector can't keep up. Nothing was stored; send it again after Retry-After.",
  },
  CONFLICT: { statuses: [409], meaning: "The batch contradicts itself or what is stored." },
  FORBIDDEN: { statuses: [403], meaning: "The token does not have the scope that the route needs." },
  FORBIDDEN_ORIGIN: { statuses: [403], meaning: "A page of another site sent the request." },
  INCOMPLETE_BODY: { statuses: [400], meaning: "The connection ended before the body did." },
  INTERNAL: { statuses: [500], meaning: "The collector failed to serve this request; its log says why." },
  INVALID_HEARTBEAT: { statuses: [400, 422], meaning: "A producer's report has a field it can't have." },
  INVALID_SIGN_IN: { statuses: [422], meaning: "The viewer's sign-in has no token in it." },
  INVALID_SPAN: {
    statuses: [400, 404, 413, 422],
    meaning: "A span, or the batch around it, is not as its dialect says; the message names the field.",
  },
  JSON_LIMIT: {
    statuses: [413, 422],
    meaning: "The body's JSON is nested too deeply, or has too many values or too long a key.",
  },
  METHOD_NOT_ALLOWED: { statuses: [405], meaning: "The path exists and takes other methods; Allow names them." },
  NOT_FOUND: { statuses: [404], meaning: "No route has this path." },
  RATE_LIMITED: {
    statuses: [429],
    meaning:
      "Too many requests: without a token that counts, or more than the project may; wait as long as Retry-After says.",
  },
  SPAN_EXISTS: { statuses: [409], meaning: "An insert met a span that is stored. Nothing was written." },
  STOPPING: { statuses: [503], meaning: "The collector is stopping; send it again after Retry-After." },
  STORE_UNAVAILABLE: {
    statuses: [503],
    meaning:
      "The store can't write now (disk full, read-only, its process is started again). Send it again: nothing was stored, or the same will be merged.",
  },
  TOO_LARGE: {
    statuses: [413],
    meaning:
      "The body is larger than the collector takes: as it came, decompressed, or as objects in the memory that it has.",
  },
  TOO_MANY_SPANS: { statuses: [413], meaning: "The batch has more spans than one request may." },
  UNAUTHORIZED: { statuses: [401], meaning: "The route needs a token, and the request has none that is known." },
  UNKNOWN_BLOBS: {
    statuses: [409],
    meaning: "The batch leaves out parts that the collector no longer keeps; send it whole.",
  },
  UNKNOWN_HOST: { statuses: [421], meaning: "The Host header names a server that this is not; see --allow-host." },
  UNKNOWN_SPAN: { statuses: [404], meaning: "No span has this id." },
  UNKNOWN_TRACE: { statuses: [404], meaning: "No trace has this id." },
  UNSUPPORTED: { statuses: [501], meaning: "The store that this collector runs on can't do this." },
  UNSUPPORTED_ENCODING: {
    statuses: [415],
    meaning: "The body's content encoding is none of gzip, br, zstd (on Node 22.15 and newer) and identity.",
  },
  UNSUPPORTED_MEDIA_TYPE: { statuses: [415], meaning: "The body has a content type that the route does not take." },
} as const satisfies Readonly<Record<string, { readonly statuses: readonly number[]; readonly meaning: string }>>;

export type HttpErrorCode = keyof typeof HTTP_ERRORS;
type StatusOf<Code extends HttpErrorCode> = (typeof HTTP_ERRORS)[Code]["statuses"][number];

/**
 * Why a request is not served; may be thrown from anywhere below a route. Its message is for the sender: it names what
 * was expected and what came, and nothing of the inside (no path, no stack, no SQL).
 */
export class HttpError<Code extends HttpErrorCode = HttpErrorCode> extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  readonly code: Code;
  readonly headers: Readonly<Record<string, string>>;

  /** @param status one of those that the table gives the code */
  constructor(status: StatusOf<Code>, code: Code, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}
