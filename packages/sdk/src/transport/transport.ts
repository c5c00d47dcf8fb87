/**
 * The seam between an exporter and the network: bytes out, a bounded answer back. A transport never retries on a
 * server's answer, never follows a redirect and never decides what an answer means (`classify.ts` does).
 */

export interface TransportRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH";
  /** Absolute: `https://host/path`, `http://…`, or `unix:/path/to.sock:/request/path`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body in order, in as few pieces as is convenient. Not changed and not kept by the transport. */
  readonly body: readonly Uint8Array[];
  /** Total length of `body`. */
  readonly bodyBytes: number;
  /** Ends the attempt immediately. */
  readonly signal?: AbortSignal;
  /** Absolute: connecting, sending and reading the whole answer, in milliseconds. Default 10 000. */
  readonly deadlineMs?: number;
  /** Bytes of the answer's body that are read; what comes after is not. Default 64 KiB. */
  readonly maxResponseBytes?: number;
}

export interface TransportResponse {
  readonly status: number;
  /** Names in lowercase. Of a header that came twice and may not, the first. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** True when the answer's body was longer than was read, or broke off. The status is good all the same. */
  readonly bodyTruncated: boolean;
  /** True when the request was sent before over a connection that broke: that sending may have arrived too. */
  readonly wasSentBefore?: boolean;
}

export interface Transport {
  /** Resolves with whatever status the server answers; rejects with a `TransportError` when no answer came. */
  send(request: TransportRequest): Promise<TransportResponse>;
  /** Ends what is under way and resolves when each connection is closed. */
  close(): Promise<void>;
}

export type TransportErrorKind =
  /** Nobody listens at the address, or there is no way to it. */
  | "refused"
  | "dns"
  | "timeout"
  /** The connection ended before an answer. */
  | "reset"
  /** The other side is not who it should be, or no secure connection could be agreed. */
  | "tls"
  /** What came is not HTTP. */
  | "protocol"
  /** The configuration asks for what Everspan can't do, for example a SOCKS proxy. */
  | "unsupported"
  | "aborted";

/** No answer came. The message is one line and holds no credentials. */
export class TransportError extends Error {
  override readonly name = "TransportError";
  readonly kind: TransportErrorKind;
  /** True when the server may have received and processed the request. */
  readonly maybeDelivered: boolean;

  constructor(kind: TransportErrorKind, message: string, maybeDelivered: boolean) {
    super(message);
    this.kind = kind;
    this.maybeDelivered = maybeDelivered;
  }
}
