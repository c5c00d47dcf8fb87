/**
 * Opens connections: TCP, unix socket, TLS, and any of them through a proxy's tunnel. A connection that is handed
 * over is ready to carry a request; until then one deadline holds for all of it.
 */
import { ClientRequest } from "node:http";
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from "node:net";
import type { Clock } from "../contract/clock.ts";
import { parseTarget, type Target } from "./target.ts";
import { TransportError } from "./transport.ts";
import { asTransportError } from "./transport-failure.ts";

export interface DialOptions {
  readonly connectTimeoutMs: number;
  /** Certificates to trust besides nothing else, in PEM; without it those that come with Node.js (and NODE_EXTRA_CA_CERTS). */
  readonly ca?: string | undefined;
  /** Resolves names; asked for each connection. Default: the system's resolver. */
  readonly lookup?: LookupFunction | undefined;
  readonly clock: Clock;
}

/** Node's 250 ms for each address of a name is shorter than many a handshake between continents. */
const NEXT_ADDRESS_AFTER_MS = 1_000;
const MAX_PROXY_HEADER_BYTES = 16 * 1024;

export interface Dialing {
  readonly socket: Promise<Socket>;
  /** Gives the connection up, at any moment. */
  cancel(): void;
}

/** Connects to the target, through the proxy if there is one. `socket` rejects with a `TransportError`. */
export function dial(target: Target, proxy: string | undefined, options: DialOptions): Dialing {
  const open = new Set<{ destroy(error?: Error): unknown }>();
  let giveUp: (error: Error) => void = () => {};
  const socket = new Promise<Socket>((resolve, reject) => {
    giveUp = (error) => {
      reject(asTransportError(error, false));
      for (const stream of open) stream.destroy();
    };
    const watch = <T extends { destroy(error?: Error): unknown }>(stream: T): T => {
      open.add(stream);
      return stream;
    };
    // Timers keep no process alive here: the socket that they watch does.
    const cancelTimer = options.clock.schedule(
      () => giveUp(new TransportError("timeout", `no connection within ${options.connectTimeoutMs} ms`, false)),
      options.connectTimeoutMs,
      false,
    );
    connect(target, proxy, options, watch).finally(cancelTimer).then(resolve, giveUp);
  });
  return { socket, cancel: () => giveUp(new TransportError("aborted", "the connection was given up", false)) };
}

type Watch = <T extends { destroy(error?: Error): unknown }>(stream: T) => T;

async function connect(target: Target, proxy: string | undefined, options: DialOptions, watch: Watch): Promise<Socket> {
  if (proxy === undefined) return target.secure ? openTls(target, options, watch) : openPlain(target, options, watch);
  const proxyTarget = parseProxy(proxy);
  if (!target.secure) return connect(proxyTarget, undefined, options, watch);
  const tunnel = await openTunnel(target, proxyTarget, proxy, options, watch);
  return openTls(target, options, watch, tunnel);
}

function openPlain(target: Target, options: DialOptions, watch: Watch): Promise<Socket> {
  const socket = connectTcp(
    target.socketPath === undefined
      ? {
          host: target.host,
          port: target.port,
          noDelay: true,
          autoSelectFamily: true,
          autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_AFTER_MS,
          ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
        }
      : { path: target.socketPath },
  );
  return ready(watch(socket), "connect");
}

async function openTls(target: Target, options: DialOptions, watch: Watch, over?: Socket): Promise<Socket> {
  const plain = over ?? (await openPlain(target, options, watch));
  // Loaded by who needs it: 10 ms of CPU that a collector beside the program does not.
  const socket = process.getBuiltinModule("node:tls").connect({
    socket: plain,
    // Said explicitly: NODE_TLS_REJECT_UNAUTHORIZED=0 must not open the way for a stranger.
    rejectUnauthorized: true,
    ALPNProtocols: ["http/1.1"],
    host: target.host,
    ...(isIP(target.host) === 0 ? { servername: target.host } : {}),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  });
  return ready(watch(socket), "secureConnect");
}

function ready<S extends Socket>(socket: S, event: "connect" | "secureConnect"): Promise<S> {
  return new Promise((resolve, reject) => {
    const onClose = () => reject(new TransportError("reset", "the connection ended before it was established", false));
    socket.once("error", reject);
    socket.once("close", onClose);
    socket.once(event, () => {
      socket.removeListener("error", reject);
      socket.removeListener("close", onClose);
      resolve(socket);
    });
  });
}

async function openTunnel(
  target: Target,
  proxyTarget: Target,
  proxy: string,
  options: DialOptions,
  watch: Watch,
): Promise<Socket> {
  const toProxy = await connect(proxyTarget, undefined, options, watch);
  const authority = `${target.host.includes(":") ? `[${target.host}]` : target.host}:${target.port}`;
  return new Promise((resolve, reject) => {
    const request = watch(
      new ClientRequest({
        method: "CONNECT",
        path: authority,
        headers: { host: authority, ...proxyAuthorization(proxy) },
        createConnection: () => toProxy,
        maxHeaderSize: MAX_PROXY_HEADER_BYTES,
      }),
    );
    request.once("connect", (response, socket, head) => {
      if (response.statusCode === 200 && head.length === 0) return resolve(socket);
      socket.destroy();
      reject(new TransportError("refused", `the proxy answered CONNECT with ${response.statusCode}`, false));
    });
    request.once("response", () => reject(new TransportError("protocol", "the proxy does not know CONNECT", false)));
    request.once("error", reject);
    request.end();
  });
}

/** `Proxy-Authorization` for a proxy address that has `user:password@`. */
export function proxyAuthorization(proxy: string): Record<string, string> {
  const { username, password } = new URL(proxy);
  if (username === "" && password === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(pair).toString("base64")}` };
}

function parseProxy(proxy: string): Target {
  if (/^https?:/i.test(proxy) && URL.canParse(proxy)) return parseTarget(proxy);
  throw new TransportError(
    "unsupported",
    "the proxy variables name a proxy that is neither http: nor https:; add the host to NO_PROXY or set proxy: false",
    false,
  );
}
