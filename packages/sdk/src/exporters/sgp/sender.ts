/** Batches for Scale GenAI Platform: `PUT /v5/spans/batch`, the upsert, so that sending a batch twice changes nothing. */
import { SGP_MAX_BATCH_ITEMS, type SpanSnapshot, toSgpItem } from "@everspan/protocol";
import type { ExportOutcome, RejectedSpan } from "../../contract/export-outcome.ts";
import type { ExportContext } from "../../contract/span-exporter.ts";
import type { SpanRecord } from "../../delivery/record/span-record.ts";
import { BodyBuilder } from "../../encoding/body-builder.ts";
import { JsonEncoder, type Steps } from "../../encoding/json-encoder.ts";
import type { ListWriter } from "../../encoding/list-writer.ts";
import { Backend, forThose } from "../backend/backend.ts";
import type { BackendAddress, HttpExporterOptions } from "../backend/backend-address.ts";
import type { RecordSource, Sender } from "../backend/sender.ts";
import { isFramed } from "./framed.ts";
import { ItemText } from "./item-text.ts";
import { checkForSgp } from "./preflight.ts";
import { SgpReader } from "./reader.ts";

export class SgpSender implements Sender {
  readonly reader: SgpReader;
  readonly #backend: Backend;
  readonly #encoder = new JsonEncoder();
  readonly #bodies = new BodyBuilder(this.#encoder);
  readonly #texts = new ItemText(this.#encoder);

  constructor(address: BackendAddress, options: HttpExporterOptions) {
    this.#backend = new Backend(address, options);
    this.reader = new SgpReader(this.#backend);
  }

  export(batch: readonly SpanSnapshot[], { signal }: ExportContext): Promise<ExportOutcome> {
    return this.#deliver(batch, addSnapshot, signal);
  }

  exportEach(batch: readonly RecordSource[], { signal }: ExportContext): Promise<ExportOutcome> {
    const texts = this.#texts;
    const add: AddItem<RecordSource> = (source, list, rejected) => {
      const record = source.toRecord();
      const text = texts.of(record);
      if (text !== undefined) return list.addText(text, texts.isAscii);
      if (isFramed(record)) return list.addSteps((out) => texts.write(record, out));
      return addSnapshot(record.toSnapshot(), list, rejected);
    };
    return this.#deliver(batch, add, signal);
  }

  writesAsIs(record: SpanRecord): boolean {
    return isFramed(record);
  }

  close(): Promise<void> {
    return this.#backend.close();
  }

  async #deliver<T>(batch: readonly T[], add: AddItem<T>, signal: AbortSignal): Promise<ExportOutcome> {
    if (batch.length > SGP_MAX_BATCH_ITEMS) return { kind: "tooLarge" };
    const rejected: RejectedSpan[] = [];
    const sent: number[] = [];
    let position = 0;
    const addNext = (value: T, list: ListWriter) => {
      const before = rejected.length;
      const steps = add(value, list, rejected);
      if (rejected.length === before) sent.push(position);
      position += 1;
      return steps;
    };
    const body = await this.#bodies.list('{"items":[', batch, addNext, "]}");
    if (rejected.length === batch.length) {
      body.release();
      return { kind: "partial", rejected };
    }
    const { outcome } = await this.#backend.send("PUT", "/v5/spans/batch", body, signal);
    if (rejected.length === 0) return outcome;
    if (outcome.kind !== "delivered") return forThose(outcome, sent);
    return { kind: "partial", rejected };
  }
}

/** Brings a span to the list; one that would be refused is added to `rejected` instead. */
type AddItem<T> = (value: T, list: ListWriter, rejected: RejectedSpan[]) => Steps | undefined;

const addSnapshot: AddItem<SpanSnapshot> = (given, list, rejected) => {
  const snapshot = checkForSgp(given, rejected);
  return snapshot === undefined ? undefined : list.add(toSgpItem(snapshot));
};
