/** A server on port 0 that speaks in bytes: for what a well-behaved HTTP server never does. */

import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";

export class RawServer {
  readonly sockets: Socket[] = [];
  readonly #server: Server;

  private constructor(onConnection: (socket: Socket, index: number) => void) {
    this.#server = createServer((socket) => {
      socket.on("error", () => {});
      onConnection(socket, this.sockets.push(socket) - 1);
    });
  }

  /** @param onConnection gets the connection and its number, from 0 */
  static async start(onConnection: (socket: Socket, index: number) => void): Promise<RawServer> {
    const raw = new RawServer(onConnection);
    await new Promise<void>((resolve) => raw.#server.listen(0, "127.0.0.1", resolve));
    return raw;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/path`;
  }

  /** From now on connections are refused; those that are open stay. */
  stopListening(): void {
    this.#server.close();
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Calls back once for each whole request with a `Content-Length` body; answers are the test's. */
export function onRequest(socket: Socket, callback: (count: number, head: string) => void): void {
  let unread = Buffer.alloc(0);
  let count = 0;
  socket.on("data", (chunk: Buffer) => {
    unread = Buffer.concat([unread, chunk]);
    for (;;) {
      const end = unread.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = unread.subarray(0, end).toString("latin1");
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (unread.length < end + 4 + length) return;
      unread = unread.subarray(end + 4 + length);
      count += 1;
      callback(count, head);
    }
  });
}

export function httpAnswer(status: number, body = "{}", headers = ""): string {
  return `HTTP/1.1 ${status} X\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
}
