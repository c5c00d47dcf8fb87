/**
 * Who holds a place. Of all connections and of those of one address there is a bound; a newcomer beyond it takes the
 * place of the connection that has waited longest without asking anything, and is refused readably when all are busy.
 * So sleeping clients, however many, shut nobody out.
 */
import type { Socket } from "node:net";
import { MAX_CONNECTIONS, MAX_CONNECTIONS_PER_ADDRESS } from "../limits.ts";

interface Connection {
  readonly socket: Socket;
  readonly address: string;
  /** Requests that are being served. */
  active: number;
  /** It was answered before: a client that keeps its connection between two requests. */
  isProven: boolean;
}

export interface ConnectionBounds {
  readonly total: number;
  readonly perAddress: number;
}

export class Connections {
  readonly #bounds: ConnectionBounds;
  /** In the order in which they last did something, the longest idle first. */
  readonly #connections = new Map<Socket, Connection>();
  readonly #countOf = new Map<string, number>();
  readonly #refused = new WeakSet<Socket>();

  constructor(bounds: ConnectionBounds = { total: MAX_CONNECTIONS, perAddress: MAX_CONNECTIONS_PER_ADDRESS }) {
    this.#bounds = bounds;
  }

  get count(): number {
    return this.#connections.size;
  }

  admit(socket: Socket): void {
    const address = socket.remoteAddress ?? "";
    const isOver = (this.#countOf.get(address) ?? 0) >= this.#bounds.perAddress;
    if (isOver || this.#connections.size >= this.#bounds.total) {
      const idle = this.#longestIdle(isOver ? address : undefined);
      if (idle === undefined) this.#refused.add(socket);
      else this.#release(idle.socket).destroy();
    }
    this.#connections.set(socket, { socket, address, active: 0, isProven: false });
    this.#countOf.set(address, (this.#countOf.get(address) ?? 0) + 1);
    socket.once("close", () => this.#release(socket));
  }

  /** It found no place: its request is to be answered with 503 and its connection closed. */
  isRefused(socket: Socket): boolean {
    return this.#refused.has(socket);
  }

  requestBegan(socket: Socket): void {
    this.#touch(socket, 1);
  }

  requestEnded(socket: Socket): void {
    const connection = this.#touch(socket, -1);
    if (connection !== undefined) connection.isProven = true;
  }

  #touch(socket: Socket, change: 1 | -1): Connection | undefined {
    const connection = this.#connections.get(socket);
    if (connection === undefined) return undefined;
    connection.active += change;
    this.#connections.delete(socket);
    this.#connections.set(socket, connection);
    return connection;
  }

  /** Those that never asked anything go before those that are kept between two requests. */
  #longestIdle(address: string | undefined): Connection | undefined {
    let proven: Connection | undefined;
    for (const connection of this.#connections.values()) {
      if (connection.active > 0 || (address !== undefined && connection.address !== address)) continue;
      if (!connection.isProven) return connection;
      proven ??= connection;
    }
    return proven;
  }

  #release(socket: Socket): Socket {
    const connection = this.#connections.get(socket);
    if (connection === undefined) return socket;
    this.#connections.delete(socket);
    const left = this.#countOf.get(connection.address)! - 1;
    if (left === 0) this.#countOf.delete(connection.address);
    else this.#countOf.set(connection.address, left);
    return socket;
  }
}
