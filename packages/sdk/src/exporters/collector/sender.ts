/** Everspan's own collector: snapshots as they are, and what they share once. */
import {
  type EncoderMemory,
  encodeHeartbeat,
  type NativeResponse,
  type ProducerReport,
  type SpanSnapshot,
} from "@everspan/protocol";
import { systemClock } from "../../contract/clock.ts";
import { oneLine } from "../../contract/diagnostics.ts";
import type { ExportOutcome } from "../../contract/export-outcome.ts";
import type { ProducerSource } from "../../contract/producer-source.ts";
import type { ExportContext } from "../../contract/span-exporter.ts";
import { bodyOf } from "../../encoding/body.ts";
import { BodyBuilder } from "../../encoding/body-builder.ts";
import { nativeBatch } from "../../encoding/native-batch.ts";
import type { TransportResponse } from "../../transport/transport.ts";
import { type Answer, Backend } from "../backend/backend.ts";
import type { BackendAddress } from "../backend/backend-address.ts";
import { exportSafely } from "../backend/export-safely.ts";
import type { Delivery } from "../backend/lazy-exporter.ts";
import type { CollectorExporterOptions } from "./exporter.ts";
import { type BatchForm, KeptBlobs } from "./kept-blobs.ts";
import { CollectorProducer } from "./producer.ts";
import { CollectorReader } from "./reader.ts";

type CollectorDeliveryOptions = CollectorExporterOptions & { readonly name: string; readonly heartbeatMs: number };

/** A sign of life that is not answered by then is missed; a goodbye holds up nobody's end for longer. */
const HEARTBEAT_TIMEOUT_MS = 2_000;
const GOODBYE_TIMEOUT_MS = 500;

interface Attempted extends Answer {
  /** The blobs that were met when it was encoded, with the lengths of their contents. */
  readonly named: ReadonlyMap<string, number>;
}

export class CollectorDelivery implements Delivery {
  readonly reader: CollectorReader;
  readonly #backend: Backend;
  readonly #bodies = new BodyBuilder();
  readonly #options: CollectorDeliveryOptions;
  readonly #kept = new KeptBlobs();
  readonly #memory: EncoderMemory = new WeakMap();
  /** One for each tracer that uses this exporter: it is one, unless the application shares it. */
  readonly #producers = new Map<ProducerSource, CollectorProducer>();

  constructor(address: BackendAddress, options: CollectorDeliveryOptions) {
    this.#backend = new Backend(address, options);
    this.#options = options;
    this.reader = new CollectorReader(this.#backend);
  }

  export(batch: readonly SpanSnapshot[], context: ExportContext): Promise<ExportOutcome> {
    return exportSafely(batch, context.signal, async () => {
      let form: BatchForm | undefined = this.#kept.form();
      for (;;) {
        const { outcome, response, named } = await this.#attempt(batch, form, context);
        if (response === undefined) return outcome;
        if (outcome.kind === "delivered") return this.#delivered(form, named, response);
        form = this.#kept.refused(form, response);
        if (form === undefined) return outcome;
      }
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#producers.values()].map((producer) => producer.sayGoodbye()));
    await this.#backend.close();
  }

  async #attempt(batch: readonly SpanSnapshot[], form: BatchForm, context: ExportContext): Promise<Attempted> {
    const producer = context.producer && this.#producerOf(context.producer);
    const sender = producer?.numbered(batch);
    const named = new Map<string, number>();
    const options = { producer: sender, isKept: form.isKept, memory: this.#memory, named };
    const body = await this.#bodies.compose((writer) => nativeBatch(batch, writer, options));
    const answer = await this.#backend.send("POST", "/v1/everspan/batch", body, context.signal);
    if (sender !== undefined) producer?.attempted(batch, sender, answer.outcome.kind === "delivered");
    return { ...answer, named };
  }

  #delivered(form: BatchForm, named: Attempted["named"], response: TransportResponse): ExportOutcome {
    const { outcome, keepsBlobBytes } = readAnswer(response);
    this.#kept.taken(form, named, keepsBlobBytes);
    return outcome;
  }

  #producerOf(source: ProducerSource): CollectorProducer {
    let producer = this.#producers.get(source);
    if (producer === undefined) {
      producer = new CollectorProducer({
        source,
        lane: this.#options.name,
        heartbeatMs: this.#options.heartbeatMs,
        clock: this.#options.clock ?? systemClock,
        send: (report, goodbye) => this.#sendHeartbeat(report, goodbye),
      });
      this.#producers.set(source, producer);
    }
    return producer;
  }

  async #sendHeartbeat(producer: ProducerReport, goodbye: boolean): Promise<boolean> {
    const body = bodyOf(Buffer.from(encodeHeartbeat({ producer, goodbye })));
    const signal = AbortSignal.timeout(goodbye ? GOODBYE_TIMEOUT_MS : HEARTBEAT_TIMEOUT_MS);
    const { outcome } = await this.#backend.send("POST", "/v1/everspan/heartbeat", body, signal);
    return outcome.kind === "delivered";
  }
}

interface ReadAnswer {
  readonly outcome: ExportOutcome;
  readonly keepsBlobBytes?: unknown;
}

/** An answer that can't be read says nothing against the batch: the status said that it is committed. */
function readAnswer({ body }: TransportResponse): ReadAnswer {
  try {
    const { rejected, keepsBlobBytes } = JSON.parse(body.toString("utf8")) as Partial<NativeResponse>;
    if (!Array.isArray(rejected) || rejected.length === 0) return { outcome: { kind: "delivered" }, keepsBlobBytes };
    const spans = rejected.map(({ id, reason }) => ({ id: String(id), reason: oneLine(String(reason)) }));
    return { outcome: { kind: "partial", rejected: spans }, keepsBlobBytes };
  } catch {
    return { outcome: { kind: "delivered" } };
  }
}
