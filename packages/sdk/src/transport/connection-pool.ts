/**
 * Our own keep-alive: an idle connection is kept as long as the server allows, so that an agent that thinks for
 * half a minute between two steps pays no handshake, and it never keeps the process alive.
 */
import { Agent, type ClientRequest, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Dialing, type DialOptions, dial } from "./dial.ts";
import type { Target } from "./target.ts";

/** A server's hint is cut by this, so that it is we who close: a request on its way can't meet the server's close. */
const HINT_MARGIN_MS = 1_000;
/** Without a hint. Load balancers forget a silent connection after 4 to 6 minutes, some without a word. */
const MAX_IDLE_MS = 230_000;
const KEEP_ALIVE_PROBE_MS = 30_000;

export interface PoolOptions extends DialOptions {
  /** Most idle connections kept. */
  readonly maxIdle: number;
}

/** The connections to one target. */
export class ConnectionPool extends Agent {
  readonly #target: Target;
  readonly #proxy: string | undefined;
  readonly #dialOptions: DialOptions;
  readonly #dialing = new Set<Dialing>();
  readonly #sockets = new Set<Socket>();
  readonly #idleMs = new WeakMap<Duplex, number>();

  constructor(target: Target, proxy: string | undefined, options: PoolOptions) {
    super({
      keepAlive: true,
      keepAliveMsecs: KEEP_ALIVE_PROBE_MS,
      maxFreeSockets: options.maxIdle,
      scheduling: "lifo",
    });
    this.#target = target;
    this.#proxy = proxy;
    this.#dialOptions = options;
  }

  /** Open connections, idle or not. */
  get size(): number {
    return this.#sockets.size;
  }

  /** Notes how long the server keeps the connection that brought this answer. */
  noteHint(response: IncomingMessage): void {
    const seconds = /(?:^|[,\s])timeout=(\d{1,9})/i.exec(String(response.headers["keep-alive"] ?? ""))?.[1];
    if (seconds !== undefined) this.#idleMs.set(response.socket, Number(seconds) * 1000 - HINT_MARGIN_MS);
  }

  /** Closes what is idle: where one connection was found dead the others most likely are. */
  closeIdle(): void {
    for (const sockets of Object.values(this.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  }

  /** Ends all connections; resolves when each is closed. */
  async close(): Promise<void> {
    for (const dialing of this.#dialing) dialing.cancel();
    const closed = [...this.#sockets].map((socket) => new Promise((resolve) => socket.once("close", resolve)));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }

  override createConnection(_options: unknown, done: (error: Error | null, socket?: Duplex) => void): undefined {
    const dialing = dial(this.#target, this.#proxy, this.#dialOptions);
    this.#dialing.add(dialing);
    dialing.socket
      .finally(() => this.#dialing.delete(dialing))
      .then(
        (socket) => {
          this.#sockets.add(socket);
          socket.once("close", () => this.#sockets.delete(socket));
          done(null, socket);
        },
        (error: Error) => done(error),
      );
    return undefined;
  }

  override keepSocketAlive(socket: Duplex): boolean {
    const idleMs = Math.min(this.#idleMs.get(socket) ?? MAX_IDLE_MS, MAX_IDLE_MS);
    if (idleMs <= 0) return false;
    const connection = socket as Socket;
    connection.setKeepAlive(true, KEEP_ALIVE_PROBE_MS);
    // The agent ends an idle connection when this runs out. Socket timers keep no process alive.
    connection.setTimeout(idleMs);
    connection.unref();
    return true;
  }

  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    super.reuseSocket(socket, request);
    (socket as Socket).setTimeout(0);
  }
}
