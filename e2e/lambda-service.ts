/**
 * Lambda around a function's process, on loopback: its runtime interface, and a process that stands still (`SIGSTOP`) from
 * the end of an invocation to the next one.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export interface Answer {
  readonly kind: "response" | "error";
  readonly body: string;
  readonly isStreamed: boolean;
}

export interface Invocation {
  /** The caller has the whole answer; the function may still be at work. */
  readonly answered: Promise<Answer>;
  /** The function has asked for the next invocation and its process stands still. */
  readonly ended: Promise<void>;
}

interface Open {
  readonly answer: (answer: Answer) => void;
  readonly end: () => void;
}

const RUNTIME = fileURLToPath(new URL("programs/lambda-runtime.mjs", import.meta.url));
/** What an invocation may take, where a test does not say. */
const DEFAULT_TIME_MS = 60_000;

export class LambdaService implements AsyncDisposable {
  readonly #server: Server;
  readonly #child: ChildProcess;
  #waiting: ServerResponse | undefined;
  #open: Open | undefined;
  #ready: (() => void) | undefined;
  #invocations = 0;

  private constructor(server: Server, functionFile: string, environment: Readonly<Record<string, string>>) {
    this.#server = server;
    const { port } = server.address() as AddressInfo;
    server.on("request", (request, response) => void this.#serve(request, response));
    this.#child = spawn(process.execPath, ["--import", "tsx", RUNTIME], {
      stdio: ["ignore", "inherit", "inherit"],
      env: {
        PATH: process.env.PATH,
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
        FUNCTION_FILE: functionFile,
        ...environment,
      },
    });
  }

  /** Resolves when the function is loaded and stands still before its first invocation. */
  static async start(functionFile: string, environment: Readonly<Record<string, string>>): Promise<LambdaService> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const service = new LambdaService(server, functionFile, environment);
    const failed = once(service.#child, "exit").then(([code]) => {
      throw new Error(`the function's process ended with ${code}`);
    });
    const loaded = new Promise<void>((resolve) => {
      service.#ready = resolve;
    });
    await Promise.race([loaded, failed]);
    failed.catch(() => {});
    return service;
  }

  invoke(event: object, timeMs = DEFAULT_TIME_MS): Invocation {
    const next = this.#waiting;
    if (next === undefined) throw new Error("expected a function that waits for an invocation");
    this.#waiting = undefined;
    this.#invocations += 1;
    const { promise: answered, resolve: answer } = withResolvers<Answer>();
    const { promise: ended, resolve: end } = withResolvers<void>();
    this.#open = { answer, end };
    this.#child.kill("SIGCONT");
    next.setHeader("lambda-runtime-aws-request-id", `request-${this.#invocations}`);
    next.setHeader("lambda-runtime-deadline-ms", Date.now() + timeMs);
    next.end(JSON.stringify(event));
    return { answered, ended };
  }

  /** An invocation from its beginning to its end. */
  async call(event: object, timeMs?: number): Promise<Answer> {
    const { answered, ended } = this.invoke(event, timeMs);
    const [answer] = await Promise.all([answered, ended]);
    return answer;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === "GET") {
      this.#waiting = response;
      await this.#freeze();
      this.#ready?.();
      this.#open?.end();
      return;
    }
    let body = "";
    for await (const chunk of request) body += chunk;
    const isStreamed = request.headers["lambda-runtime-function-response-mode"] === "streaming";
    this.#open?.answer({ kind: request.url?.endsWith("/error") === true ? "error" : "response", body, isStreamed });
    response.writeHead(202).end();
  }

  async #freeze(): Promise<void> {
    this.#child.kill("SIGSTOP");
    const state = () => execFileSync("ps", ["-o", "state=", "-p", String(this.#child.pid)], { encoding: "utf8" });
    while (!state().startsWith("T")) await pause(5);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((given) => {
    resolve = given;
  });
  return { promise, resolve };
}
