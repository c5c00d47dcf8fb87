import { expect, test } from "vitest";
import { TransportError } from "./transport.ts";
import { asTransportError, codeOf } from "./transport-failure.ts";

const failure = (code: string, message = "what happened") => Object.assign(new Error(message), { code });

test.each([
  ...["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN", "EADDRNOTAVAIL", "EACCES", "ENOENT", "ENOTSOCK"].map(
    (code) => [code, "refused"],
  ),
  ...["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EAI_NODATA", "EAI_NONAME"].map((code) => [code, "dns"]),
  ...["ETIMEDOUT", "ERR_SOCKET_CONNECTION_TIMEOUT"].map((code) => [code, "timeout"]),
  ...["ECONNRESET", "ECONNABORTED", "EPIPE", "EUNKNOWN", "", "toString"].map((code) => [code, "reset"]),
  ...["HPE_INVALID_CONSTANT"].map((code) => [code, "protocol"]),
  ...[
    ...["ERR_TLS_CERT_ALTNAME_INVALID", "ERR_SSL_WRONG_VERSION_NUMBER", "CERT_HAS_EXPIRED", "EPROTO"],
    ...["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "DEPTH_ZERO_SELF_SIGNED_CERT", "SELF_SIGNED_CERT_IN_CHAIN"],
    ...["HOSTNAME_MISMATCH", "INVALID_CA", "INVALID_PURPOSE", "CRL_SIGNATURE_FAILURE"],
  ].map((code) => [code, "tls"]),
  ...["XEPROTO", "EPROTOX", "XHOSTNAME_MISMATCH", "HOSTNAME_MISMATCHX", "XINVALID_CA", "INVALID_CAX", "XHPE_X"].map(
    (code) => [code, "reset"],
  ),
])("%s is a failure of the kind %s", (code, kind) => {
  expect(asTransportError(failure(code!), true)).toMatchObject({
    kind,
    message: "what happened",
    maybeDelivered: true,
  });
  expect(codeOf(failure(code!))).toBe(code);
});

test("whether it may have arrived is passed on, and a failure that was named keeps its name", () => {
  expect(asTransportError(failure("EPIPE"), false).maybeDelivered).toBe(false);
  const named = new TransportError("aborted", "x", true);
  expect(asTransportError(named, false)).toBe(named);
});

test("of several addresses the first failure speaks for all", () => {
  const several = new AggregateError([failure("ENOTFOUND", "first"), failure("EPIPE", "second")], "all failed");
  expect(asTransportError(several, false)).toMatchObject({ kind: "dns", message: "first" });
  const none = Object.assign(new AggregateError([], "none"), { code: "ETIMEDOUT" });
  expect(asTransportError(none, false)).toMatchObject({ kind: "timeout", message: "none" });
});

test("a failure says its code where it says nothing else, on one line", () => {
  expect(asTransportError(failure("EPIPE", ""), false).message).toBe("EPIPE");
  expect(asTransportError(failure("EPIPE", "a\nb\u001b[31m"), false).message).toMatch(/^[\x20-\x7e]+$/);
});

test.each([undefined, null, "text", 5, {}, { code: 5, message: {} }])("%j thrown is a broken connection", (thrown) => {
  expect(asTransportError(thrown, false)).toMatchObject({ kind: "reset", message: "" });
});
