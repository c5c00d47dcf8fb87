/** Everspan's own collector: snapshots as they are, and what they share once. */
import {
  type EncoderMemory,
  encodeHeartbeat,
  type NativeResponse,
  type ProducerReport,
  type SpanSnapshot,
} from "@everspan/protocol";
import { type Clock, systemClock } from "../../contract/clock.ts";
import { oneLine } from "../../contract/diagnostics.ts";
import type { ExportOutcome } from "../../contract/export-outcome.ts";
import type { ProducerSource } from "../../contract/producer-source.ts";
import type { ExportContext } from "../../contract/span-exporter.ts";
import { bodyOf } from "../../encoding/body.ts";
import { BodyBuilder } from "../../encoding/body-builder.ts";
import { nativeBatch } from "../../encoding/native-batch.ts";
import type { TransportResponse } from "../../transport/transport.ts";
import { Backend, type SendResult } from "../backend/backend.ts";
import type { BackendAddress } from "../backend/backend-address.ts";
import type { Sender } from "../backend/sender.ts";
import { type BatchForm, KeptBlobs } from "./kept-blobs.ts";
import type { CollectorExporterOptions } from "./options.ts";
import { CollectorProducer } from "./producer.ts";
import { CollectorReader } from "./reader.ts";

type CollectorSenderOptions = CollectorExporterOptions & { readonly name: string; readonly heartbeatMs: number };

/** How long a heartbeat waits for its response; the final report at shutdown gets less. */
const HEARTBEAT_TIMEOUT_MS = 2_000;
const FINAL_TIMEOUT_MS = 500;

interface Attempted extends SendResult {
  /** The blobs that were met when it was encoded, with the lengths of their contents. */
  readonly named: ReadonlyMap<string, number>;
}

export class CollectorSender implements Sender {
  readonly reader: CollectorReader;
  readonly #backend: Backend;
  readonly #bodies = new BodyBuilder();
  readonly #options: CollectorSenderOptions;
  readonly #clock: Clock;
  readonly #kept = new KeptBlobs();
  readonly #memory: EncoderMemory = new WeakMap();
  /** One for each tracer that uses this exporter: it is one, unless the application shares it. */
  readonly #producers = new Map<ProducerSource, CollectorProducer>();

  constructor(address: BackendAddress, options: CollectorSenderOptions) {
    this.#backend = new Backend(address, options);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.reader = new CollectorReader(this.#backend);
  }

  async export(batch: readonly SpanSnapshot[], context: ExportContext): Promise<ExportOutcome> {
    let form: BatchForm | undefined = this.#kept.form();
    for (;;) {
      const { outcome, response, named } = await this.#attempt(batch, form, context);
      if (response === undefined) return outcome;
      if (outcome.kind === "delivered") return this.#delivered(form, named, response);
      form = this.#kept.refused(form, response);
      if (form === undefined) return outcome;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#producers.values()].map((producer) => producer.reportFinally()));
    await this.#backend.close();
  }

  async #attempt(batch: readonly SpanSnapshot[], form: BatchForm, context: ExportContext): Promise<Attempted> {
    const producer = context.producer && this.#producerOf(context.producer);
    const sender = producer?.numbered(batch);
    const named = new Map<string, number>();
    const options = { producer: sender, isKept: form.isKept, memory: this.#memory, named };
    const body = await this.#bodies.compose((writer) => nativeBatch(batch, writer, options));
    const result = await this.#backend.send("POST", "/v1/everspan/batch", body, context.signal);
    if (sender !== undefined) producer?.attempted(batch, sender, result.outcome.kind === "delivered");
    return { ...result, named };
  }

  #delivered(form: BatchForm, named: Attempted["named"], response: TransportResponse): ExportOutcome {
    const { outcome, keepsBlobBytes } = readResponse(response);
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
        clock: this.#clock,
        send: (report, isFinal) => this.#sendHeartbeat(report, isFinal),
      });
      this.#producers.set(source, producer);
    }
    return producer;
  }

  async #sendHeartbeat(producer: ProducerReport, isFinal: boolean): Promise<boolean> {
    const body = bodyOf(Buffer.from(encodeHeartbeat({ producer, final: isFinal })));
    const timedOut = new AbortController();
    const cancel = this.#clock.schedule(
      () => timedOut.abort(),
      isFinal ? FINAL_TIMEOUT_MS : HEARTBEAT_TIMEOUT_MS,
      false,
    );
    const { outcome } = await this.#backend.send("POST", "/v1/everspan/heartbeat", body, timedOut.signal);
    cancel();
    return outcome.kind === "delivered";
  }
}

interface ReadResponse {
  readonly outcome: ExportOutcome;
  readonly keepsBlobBytes?: unknown;
}

/** A response that can't be read says nothing against the batch: the status said that it is committed. */
function readResponse({ body }: TransportResponse): ReadResponse {
  try {
    const { rejected, keepsBlobBytes } = JSON.parse(body.toString("utf8")) as Partial<NativeResponse>;
    if (!Array.isArray(rejected) || rejected.length === 0) return { outcome: { kind: "delivered" }, keepsBlobBytes };
    const spans = rejected.map(({ id, reason }) => ({ id: String(id), reason: oneLine(String(reason)) }));
    return { outcome: { kind: "partial", rejected: spans }, keepsBlobBytes };
  } catch {
    return { outcome: { kind: "delivered" } };
  }
}
