/** Bodies in a worker: received by the process that holds the connection, asked for when a handler wants one. */
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import type { RouteRequest } from "../http/route.ts";
import { BodyReceiver, type ReceiveOptions } from "../ingest/receive.ts";
import type { Peer } from "./peer.ts";
import type { BodyCall, ServeCall } from "./worker-protocol.ts";

export class RemoteBodyReceiver extends BodyReceiver {
  readonly #peer: Peer;
  readonly #requests = new WeakMap<IncomingMessage, number>();

  constructor(peer: Peer) {
    super();
    this.#peer = peer;
  }

  /** A request as its handler sees it. Its raw message has a head and no body. */
  requestOf(call: ServeCall): RouteRequest {
    const raw = new IncomingMessage(new Socket());
    raw.method = call.method;
    raw.headers = { ...call.headers };
    this.#requests.set(raw, call.request);
    const { project, parameters, query } = call;
    return { raw, project, parameters, query, sendContinue: () => {} };
  }

  override async receiveBytes({ raw }: RouteRequest, options: ReceiveOptions): Promise<Buffer> {
    const request = this.#requests.get(raw);
    if (request === undefined) throw new Error("the request was not handed over");
    const head: BodyCall = { request, options };
    return (await this.#peer.call("body", { head })).body;
  }
}
