/** Agentex's spans API: one request a span, `POST` for a span it does not know and `PATCH` for one it does. */
import { BoundedMap, recordKey, type SpanSnapshot, spanKey, toAgentexCreate, toAgentexPatch } from "@everspan/protocol";
import { DEFAULT_DELIVERY } from "../../contract/defaults.ts";
import type { ExportOutcome, RejectedSpan } from "../../contract/export-outcome.ts";
import type { ExportContext } from "../../contract/span-exporter.ts";
import { BodyBuilder } from "../../encoding/body-builder.ts";
import { Backend, type SendResult } from "../backend/backend.ts";
import type { BackendAddress, HttpExporterOptions } from "../backend/backend-address.ts";
import type { Sender } from "../backend/sender.ts";
import { AgentexReader } from "./reader.ts";

/** Forgetting one costs a request more, no span. */
const MAX_REMEMBERED = 100_000;

export class AgentexSender implements Sender {
  readonly reader: AgentexReader;
  readonly #backend: Backend;
  readonly #bodies = new BodyBuilder();
  readonly #concurrency: number;
  /** Spans that the back end has and that have not ended. */
  readonly #open = new BoundedMap<true>(MAX_REMEMBERED);
  /** Snapshots that arrived although their batch did not: its retry leaves them out. */
  readonly #arrived = new BoundedMap<true>(MAX_REMEMBERED);

  constructor(address: BackendAddress, options: HttpExporterOptions) {
    this.#concurrency = options.delivery?.concurrency ?? DEFAULT_DELIVERY.concurrency;
    this.#backend = new Backend(address, options, this.#concurrency);
    this.reader = new AgentexReader(this.#backend);
  }

  export(batch: readonly SpanSnapshot[], { signal }: ExportContext): Promise<ExportOutcome> {
    return this.#deliver(batch, signal);
  }

  close(): Promise<void> {
    return this.#backend.close();
  }

  /**
   * Several spans at a time, the snapshots of one span after each other. The first failure that concerns all ends it; by
   * then others may have arrived, and the lane has to know in case it gives the batch up.
   */
  async #deliver(batch: readonly SpanSnapshot[], signal: AbortSignal): Promise<ExportOutcome> {
    const waiting = bySpan(batch);
    const rejected: RejectedSpan[] = [];
    let failure: ExportOutcome | undefined;
    let mayHaveArrived = false;
    const work = async () => {
      for (let group = waiting.shift(); group !== undefined && failure === undefined; group = waiting.shift()) {
        for (const snapshot of group) {
          const outcome = await this.#deliverOne(snapshot, signal);
          if (outcome.kind === "delivered") continue;
          if (outcome.kind === "poison") {
            rejected.push({ id: snapshot.id, reason: outcome.reason });
            continue;
          }
          failure ??= outcome;
          mayHaveArrived ||= outcome.kind === "busy" && outcome.maybeDelivered === true;
          break;
        }
      }
    };
    await Promise.all(Array.from({ length: this.#concurrency }, work));
    if (failure !== undefined) return mayHaveArrived || this.#hasArrivals(batch) ? partlyArrived(failure) : failure;
    for (const snapshot of batch) this.#arrived.delete(recordKey(snapshot));
    return rejected.length === 0 ? { kind: "delivered" } : { kind: "partial", rejected };
  }

  #hasArrivals(batch: readonly SpanSnapshot[]): boolean {
    return batch.some((snapshot) => this.#arrived.has(recordKey(snapshot)));
  }

  async #deliverOne(snapshot: SpanSnapshot, signal: AbortSignal): Promise<ExportOutcome> {
    if (this.#arrived.has(recordKey(snapshot))) return { kind: "delivered" };
    const { outcome } = await this.#upsert(snapshot, signal);
    if (outcome.kind !== "delivered") return outcome;
    this.#arrived.set(recordKey(snapshot), true);
    if (snapshot.phase === "started") this.#open.set(spanKey(snapshot.traceId, snapshot.id), true);
    else this.#open.delete(spanKey(snapshot.traceId, snapshot.id));
    return outcome;
  }

  /** What this process does not remember, the back end may: 404 and 409 say so, and the other verb follows. */
  async #upsert(snapshot: SpanSnapshot, signal: AbortSignal): Promise<SendResult> {
    if (this.#open.has(spanKey(snapshot.traceId, snapshot.id))) {
      const patched = await this.#patch(snapshot, signal);
      return patched.response?.status === 404 ? this.#create(snapshot, signal) : patched;
    }
    const created = await this.#create(snapshot, signal);
    return created.response?.status === 409 ? this.#patch(snapshot, signal) : created;
  }

  async #create(snapshot: SpanSnapshot, signal: AbortSignal): Promise<SendResult> {
    return this.#backend.send("POST", "/spans", await this.#bodies.one(toAgentexCreate(snapshot)), signal);
  }

  async #patch(snapshot: SpanSnapshot, signal: AbortSignal): Promise<SendResult> {
    const path = `/spans/${encodeURIComponent(snapshot.id)}`;
    return this.#backend.send("PATCH", path, await this.#bodies.one(toAgentexPatch(snapshot)), signal);
  }
}

/** Tried again as a whole: what arrived is remembered and left out, and what is wrong for all shows at the next attempt. */
function partlyArrived(failure: ExportOutcome): ExportOutcome {
  const reason = "reason" in failure ? failure.reason : "a span is larger than the back end takes";
  return { ...(failure.kind === "busy" ? failure : {}), kind: "busy", reason, maybeDelivered: true };
}

function bySpan(batch: readonly SpanSnapshot[]): SpanSnapshot[][] {
  const groups = new Map<string, SpanSnapshot[]>();
  for (const snapshot of batch) {
    const group = groups.get(spanKey(snapshot.traceId, snapshot.id));
    if (group === undefined) groups.set(spanKey(snapshot.traceId, snapshot.id), [snapshot]);
    else group.push(snapshot);
  }
  return [...groups.values()];
}
