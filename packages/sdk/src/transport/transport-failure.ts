/** Names what Node.js reports when a connection or an exchange fails. */
import { oneLine } from "../contract/diagnostics.ts";
import { TransportError, type TransportErrorKind } from "./transport.ts";

const KIND_BY_CODE: Readonly<Record<string, TransportErrorKind>> = {
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "refused",
  ENETUNREACH: "refused",
  EHOSTDOWN: "refused",
  EADDRNOTAVAIL: "refused",
  EACCES: "refused",
  ENOENT: "refused",
  ENOTSOCK: "refused",
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
  EAI_FAIL: "dns",
  EAI_NODATA: "dns",
  EAI_NONAME: "dns",
  ETIMEDOUT: "timeout",
  ERR_SOCKET_CONNECTION_TIMEOUT: "timeout",
  ECONNRESET: "reset",
  ECONNABORTED: "reset",
  EPIPE: "reset",
};

/** Certificate and handshake errors come with OpenSSL's names, which are many; none of them is a name from above. */
const TLS_CODE =
  /^ERR_TLS|^ERR_SSL|CERT|^UNABLE_TO|SELF_SIGNED|SIGNATURE|^EPROTO$|^HOSTNAME_MISMATCH$|^INVALID_(?:CA|PURPOSE)$/;

/** @param maybeDelivered whether the request may have reached the server before this */
export function asTransportError(error: unknown, maybeDelivered: boolean): TransportError {
  if (error instanceof TransportError) return error;
  const { code, message } = codeAndMessage(error);
  const known = Object.hasOwn(KIND_BY_CODE, code) ? KIND_BY_CODE[code] : undefined;
  const kind = known ?? (TLS_CODE.test(code) ? "tls" : code.startsWith("HPE_") ? "protocol" : "reset");
  return new TransportError(kind, oneLine(message === "" ? code : message), maybeDelivered);
}

export function codeOf(error: unknown): string {
  return codeAndMessage(error).code;
}

/** When a name has several addresses and all fail, the first failure speaks for the rest. */
function codeAndMessage(error: unknown): { code: string; message: string } {
  if (error instanceof AggregateError && error.errors.length > 0) return codeAndMessage(error.errors[0]);
  const { code, message } = (typeof error === "object" && error !== null ? error : {}) as NodeJS.ErrnoException;
  return { code: typeof code === "string" ? code : "", message: typeof message === "string" ? message : "" };
}
