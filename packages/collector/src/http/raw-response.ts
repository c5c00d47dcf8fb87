/** Responses to what never became a request: written to the socket as they are, with the headers of all responses. */
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { CLOSING_MS } from "../limits.ts";
import { HttpError } from "./http-errors.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";

/** What did not parse as HTTP, or took too long. */
export function refuseBrokenRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = error.code === "HPE_HEADER_OVERFLOW" ? 431 : error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400;
  refuseSocket(socket, new HttpError(status, "BAD_REQUEST", STATUS_CODES[status]!));
}

/**
 * Answers and destroys the connection, read or not: a peer that keeps its half open would keep its place for good. What
 * comes from the peer now, a reset too, is heard by the listener that the server gives each connection.
 */
export function refuseSocket(socket: Duplex, { status, code, message, headers }: HttpError): void {
  const body = JSON.stringify({ error: { code, message } });
  const all = {
    ...SECURITY_HEADERS,
    "cache-control": "no-store",
    ...headers,
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    connection: "close",
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n${body}`);
  // What it still sends is read and thrown away, since closing over unread bytes would reset the response.
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), CLOSING_MS).unref();
  socket.on("close", () => clearTimeout(timer));
}
