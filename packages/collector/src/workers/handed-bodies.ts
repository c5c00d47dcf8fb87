/** Bodies of requests that a worker serves: received here when it asks, bounded while they lie with it. */
import { HttpError } from "../http/http-errors.ts";
import type { RouteRequest } from "../http/route.ts";
import type { BodyReceiver } from "../ingest/receive.ts";
import { MAX_BUFFERED_BODY_BYTES } from "../limits.ts";
import type { BodyCall } from "./worker-protocol.ts";

interface Handed {
  readonly request: RouteRequest;
  bytes: number;
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
  #bytes = 0;

  /** @param onReceiving called when a worker begins to wait for a body */
  constructor(receiver: BodyReceiver, onReceiving: () => void) {
    this.#receiver = receiver;
    this.#onReceiving = onReceiving;
  }

  /** Until `release` its body can be asked for. */
  open(request: RouteRequest): OpenBody {
    const id = this.#nextId++;
    const handed: Handed = { request, bytes: 0, isReceiving: false };
    this.#open.set(id, handed);
    const release = (): void => {
      if (this.#open.delete(id)) this.#bytes -= handed.bytes;
    };
    return { id, isReceiving: () => handed.isReceiving, release };
  }

  /** @throws HttpError as `BodyReceiver.receiveBytes`; 503 when the worker has as much as it may */
  async receive({ request: id, options }: BodyCall): Promise<Buffer> {
    const handed = this.#open.get(id);
    if (handed === undefined) throw new Error("the request has ended");
    const body = await this.#receive(handed, options);
    if (this.#bytes > 0 && this.#bytes + body.byteLength > MAX_BUFFERED_BODY_BYTES) {
      throw new HttpError(503, "BUSY", "too many requests wait to be stored", { "retry-after": "1" });
    }
    if (this.#open.has(id)) {
      handed.bytes += body.byteLength;
      this.#bytes += body.byteLength;
    }
    return body;
  }

  async #receive(handed: Handed, options: BodyCall["options"]): Promise<Buffer> {
    handed.isReceiving = true;
    this.#onReceiving();
    try {
      return await this.#receiver.receiveBytes(handed.request, options);
    } finally {
      handed.isReceiving = false;
    }
  }
}
