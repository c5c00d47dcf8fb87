/**
 * Tells viewers which traces and producers changed, as server-sent events. A change is a trace's id and not its
 * content, so many changes of one trace are one event, and a subscriber that reads slowly holds at most `MAX_PENDING`
 * ids: beyond that it is told to load everything again (`resync`). Ingest never waits for a subscriber.
 */
import type { ServerResponse } from "node:http";
import type { ProducerState } from "@everspan/protocol";

const FLUSH_INTERVAL_MS = 200;
const HEARTBEAT_INTERVAL_MS = 15_000;
const MAX_PENDING = 1000;

interface Subscriber {
  readonly project: string;
  readonly response: ServerResponse;
  /** Ids of traces. */
  readonly pending: Set<string>;
  readonly pendingProducers: Map<string, ProducerState>;
  mustResync: boolean;
  /** False while the socket's buffer is full. */
  isWritable: boolean;
}

export class LiveHub {
  readonly #subscribers = new Set<Subscriber>();
  #flushTimer: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;

  get subscriberCount(): number {
    return this.#subscribers.size;
  }

  subscribe(project: string, response: ServerResponse): void {
    const subscriber: Subscriber = {
      project,
      response,
      pending: new Set(),
      pendingProducers: new Map(),
      mustResync: false,
      isWritable: true,
    };
    this.#subscribers.add(subscriber);
    this.#heartbeat ??= setInterval(() => this.#beat(), HEARTBEAT_INTERVAL_MS).unref();
    response.on("close", () => this.#remove(subscriber));
    response.on("drain", () => {
      subscriber.isWritable = true;
      this.#scheduleFlush();
    });
    this.#send(subscriber, "retry: 1000\n\n");
  }

  publish(project: string, traceIds: Iterable<string>): void {
    this.#note(project, ({ pending }) => {
      for (const traceId of traceIds) pending.add(traceId);
    });
  }

  publishProducer(project: string, producerId: string, state: ProducerState): void {
    this.#note(project, ({ pendingProducers }) => pendingProducers.set(producerId, state));
  }

  /** Anything may have changed. @param project undefined: in every project */
  publishGap(project: string | undefined): void {
    for (const subscriber of this.#subscribers) {
      if (project !== undefined && subscriber.project !== project) continue;
      subscriber.mustResync = true;
      forgetPending(subscriber);
    }
    if (this.#subscribers.size > 0) this.#scheduleFlush();
  }

  /** Ends all streams; their viewers connect again when the collector is back. */
  close(): void {
    clearTimeout(this.#flushTimer);
    for (const { response } of this.#subscribers) response.end();
  }

  #note(project: string, note: (subscriber: Subscriber) => void): void {
    for (const subscriber of this.#subscribers) {
      if (subscriber.project !== project || subscriber.mustResync) continue;
      note(subscriber);
      subscriber.mustResync = subscriber.pending.size + subscriber.pendingProducers.size > MAX_PENDING;
      if (subscriber.mustResync) forgetPending(subscriber);
    }
    if (this.#subscribers.size > 0) this.#scheduleFlush();
  }

  #scheduleFlush(): void {
    this.#flushTimer ??= setTimeout(() => {
      this.#flushTimer = undefined;
      for (const subscriber of this.#subscribers) this.#flush(subscriber);
    }, FLUSH_INTERVAL_MS).unref();
  }

  #flush(subscriber: Subscriber): void {
    if (!subscriber.isWritable) return;
    const events = [...subscriber.pending].map((traceId) => eventText("trace-updated", { traceId }));
    for (const [producerId, state] of subscriber.pendingProducers) {
      events.push(eventText("producer-updated", { producerId, state }));
    }
    if (subscriber.mustResync) events.push(eventText("resync", {}));
    forgetPending(subscriber);
    subscriber.mustResync = false;
    if (events.length > 0) this.#send(subscriber, events.join(""));
  }

  #beat(): void {
    for (const subscriber of this.#subscribers) if (subscriber.isWritable) this.#send(subscriber, ": alive\n\n");
  }

  #send(subscriber: Subscriber, text: string): void {
    subscriber.isWritable = subscriber.response.write(text);
  }

  #remove(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
    if (this.#subscribers.size > 0) return;
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
  }
}

function forgetPending({ pending, pendingProducers }: Subscriber): void {
  pending.clear();
  pendingProducers.clear();
}

/** The data is JSON, which has no raw line break: one event stays one event. */
function eventText(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
