/** Calls between two processes, in both directions over one channel: each has a head, a body, and one answer. */
import type { Duplex } from "node:stream";
import { Channel } from "./channel.ts";
import { fromWireError, toWireError, type WireError } from "./wire-errors.ts";

export interface Parcel {
  /** A value that JSON holds. */
  readonly head?: unknown;
  readonly body?: Uint8Array;
}

export interface ReceivedParcel {
  readonly head: unknown;
  readonly body: Buffer;
}

export interface Handlers {
  /** By name. What one throws rejects the caller's promise. */
  readonly calls: Readonly<Record<string, (parcel: ReceivedParcel) => Promise<Parcel> | Parcel>>;
  /** By name. A note has no body, and nobody waits for an answer. */
  readonly notes?: Readonly<Record<string, (head: unknown) => void>>;
}

/** The other process ended, or was ended, before it answered: whether it did what it was asked is not known. */
export class PeerGoneError extends Error {
  override readonly name = "PeerGoneError";
}

interface Pending {
  readonly resolve: (parcel: ReceivedParcel) => void;
  readonly reject: (error: Error) => void;
}

type Head =
  | { readonly kind: "call"; readonly id: number; readonly name: string; readonly head: unknown }
  | { readonly kind: "note"; readonly name: string; readonly head: unknown }
  | { readonly kind: "done"; readonly id: number; readonly head: unknown }
  | { readonly kind: "failed"; readonly id: number; readonly error: WireError };

export class Peer {
  readonly #channel: Channel;
  readonly #handlers: Handlers;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #isGone = false;

  /** @param onGone called once, when the other side can answer nothing more */
  constructor(stream: Duplex, handlers: Handlers, onGone: () => void = () => {}) {
    this.#handlers = handlers;
    this.#channel = new Channel(stream, {
      onMessage: (head, body) => this.#receive(head as Head, body),
      onEnd: () => {
        this.#isGone = true;
        for (const { reject } of this.#pending.values()) reject(new PeerGoneError("the process ended"));
        this.#pending.clear();
        onGone();
      },
    });
  }

  /** Calls that have no answer yet. */
  get pendingCalls(): number {
    return this.#pending.size;
  }

  /** @throws PeerGoneError, or what the handler threw */
  call(name: string, { head = null, body }: Parcel = {}): Promise<ReceivedParcel> {
    if (this.#isGone) return Promise.reject(new PeerGoneError("the process ended"));
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#pending.set(id, { resolve, reject });
      this.#channel.send({ kind: "call", id, name, head } satisfies Head, body);
    });
  }

  /** Asks for no answer. */
  note(name: string, head: unknown): void {
    this.#channel.send({ kind: "note", name, head } satisfies Head);
  }

  close(): void {
    this.#channel.close();
  }

  #receive(head: Head, body: Buffer): void {
    if (head.kind === "call") void this.#answer(head.id, head.name, { head: head.head, body });
    else if (head.kind === "note") this.#handlers.notes?.[head.name]?.(head.head);
    else {
      const pending = this.#pending.get(head.id);
      this.#pending.delete(head.id);
      if (head.kind === "done") pending?.resolve({ head: head.head, body });
      else pending?.reject(fromWireError(head.error));
    }
  }

  async #answer(id: number, name: string, parcel: ReceivedParcel): Promise<void> {
    try {
      const handle = this.#handlers.calls[name];
      if (handle === undefined) throw new Error(`no handler for ${name}`);
      const { head = null, body } = await handle(parcel);
      this.#channel.send({ kind: "done", id, head } satisfies Head, body);
    } catch (error) {
      this.#channel.send({ kind: "failed", id, error: toWireError(error) } satisfies Head);
    }
  }
}
