/** Bodies of requests that a worker serves: received here when it asks; their room is held until the request was served. */
import type { RouteRequest } from "../http/route.ts";
import type { BodyReceiver } from "../ingest/receive.ts";
import type { BodyCall } from "./worker-protocol.ts";

interface Handed {
  readonly request: RouteRequest;
  isReceiving: boolean;
}

export interface OpenBody {
  /** By which the body is asked for. */
  readonly id: number;
  /** While it is on its way from the sender. */
  readonly isReceiving: () => boolean;
  readonly release: () => void;
}

export class HandedBodies {
  readonly #receiver: BodyReceiver;
  readonly #onReceiving: () => void;
  readonly #open = new Map<number, Handed>();
  #nextId = 1;

  /** @param onReceiving called when a worker begins to wait for a body */
  constructor(receiver: BodyReceiver, onReceiving: () => void) {
    this.#receiver = receiver;
    this.#onReceiving = onReceiving;
  }

  /** Until `release` its body can be asked for. */
  open(request: RouteRequest): OpenBody {
    const id = this.#nextId++;
    const handed: Handed = { request, isReceiving: false };
    this.#open.set(id, handed);
    return { id, isReceiving: () => handed.isReceiving, release: () => this.#open.delete(id) };
  }

  /** @throws HttpError as `BodyReceiver.receiveBytes` */
  async receive({ request: id, options }: BodyCall): Promise<Buffer> {
    const handed = this.#open.get(id);
    if (handed === undefined) throw new Error("the request has ended");
    handed.isReceiving = true;
    this.#onReceiving();
    try {
      return await this.#receiver.receiveBytes(handed.request, options);
    } finally {
      handed.isReceiving = false;
    }
  }
}
