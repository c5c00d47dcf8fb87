/** A real HTTP server on port 0 that answers as the test says and remembers what came. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { gunzipSync } from "node:zlib";

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** Decompressed. */
  readonly body: Buffer;
}

export interface ScriptedReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer;
}

/** `hang`: never answers. `reset`: the connection is reset once the request has been read. */
export type Answer = ScriptedReply | "hang" | "reset" | ((request: ReceivedRequest) => ScriptedReply);

export class ScriptedServer {
  readonly requests: ReceivedRequest[] = [];
  /** Connections ever made. */
  connectionsMade = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #watchers = new Set<() => void>();
  #always: Answer = { status: 200, body: "{}" };
  #script: Answer[] = [];

  private constructor() {
    this.#server = createServer((request, response) => this.#receive(request, response));
    this.#server.keepAliveTimeout = 0;
    this.#server.on("connection", (socket) => {
      this.connectionsMade += 1;
      this.#sockets.add(socket);
      socket.once("close", () => {
        this.#sockets.delete(socket);
        this.#changed();
      });
      this.#changed();
    });
  }

  static async start(listen: { port?: number; path?: string } = {}): Promise<ScriptedServer> {
    const scripted = new ScriptedServer();
    await new Promise<void>((resolve) => {
      if (listen.path === undefined) scripted.#server.listen(listen.port ?? 0, "127.0.0.1", resolve);
      else scripted.#server.listen(listen.path, resolve);
    });
    return scripted;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  /** What every request gets for which nothing is scripted. At first 200 and `{}`. */
  answerAlways(answer: Answer): void {
    this.#always = answer;
  }

  /** What the next requests get, one each. */
  answerNext(...answers: Answer[]): void {
    this.#script.push(...answers);
  }

  /** Resolves when the condition holds; looked at after each request and each change of connections. */
  until(condition: (server: this) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!condition(this)) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** Ends all connections and frees the port. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("error", () => {});
    request.on("end", () => {
      const raw = Buffer.concat(chunks);
      const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
      const { method = "", url = "", headers } = request;
      const received = { method, path: url, headers, body };
      this.requests.push(received);
      this.#reply(received, response);
      this.#changed();
    });
  }

  #reply(received: ReceivedRequest, response: ServerResponse): void {
    const answer = this.#script.shift() ?? this.#always;
    if (answer === "hang") return;
    if (answer === "reset") {
      (response.socket as Socket | null)?.resetAndDestroy();
      return;
    }
    const { status, headers = {}, body = "" } = typeof answer === "function" ? answer(received) : answer;
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(body);
  }

  #changed(): void {
    for (const look of [...this.#watchers]) look();
  }
}
