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
const TOO_LARGE = "a span is larger than the back end takes";

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
   * Several spans at a time, the snapshots of one span after each other. The first failure that concerns all ends it; what
   * arrived by then, or may have, is told by its position.
   */
  async #deliver(batch: readonly SpanSnapshot[], signal: AbortSignal): Promise<ExportOutcome> {
    const waiting = bySpan(batch);
    const delivered: number[] = [];
    const maybeDelivered: number[] = [];
    const rejected: RejectedSpan[] = [];
    let failure: ExportOutcome | undefined;
    const work = async () => {
      for (let group = waiting.shift(); group !== undefined && failure === undefined; group = waiting.shift()) {
        for (const position of group) {
          const outcome = await this.#deliverOne(batch[position]!, signal);
          if (outcome.kind === "delivered") {
            delivered.push(position);
            continue;
          }
          if (outcome.maybeDelivered === true) maybeDelivered.push(position);
          if (outcome.kind !== "poison") {
            failure ??= outcome;
            break;
          }
          rejected.push({ id: batch[position]!.id, reason: outcome.reason });
        }
      }
    };
    await Promise.all(Array.from({ length: this.#concurrency }, work));
    const arrived = { delivered: withRemembered(delivered, batch, this.#arrived), maybeDelivered };
    // The lane listens no longer to an attempt that it gave up: its retry asks again.
    if (!signal.aborted) for (const position of arrived.delivered) this.#arrived.delete(recordKey(batch[position]!));
    if (failure !== undefined) return outcomeOf(failure, arrived);
    return rejected.length === 0 ? { kind: "delivered" } : { kind: "partial", rejected, maybeDelivered };
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

interface Arrived {
  readonly delivered: readonly number[];
  readonly maybeDelivered: readonly number[];
}

/** With what an earlier attempt got through with, also where this one ended before its turn came. */
function withRemembered(
  delivered: readonly number[],
  batch: readonly SpanSnapshot[],
  arrived: BoundedMap<true>,
): number[] {
  const all = new Set(delivered);
  for (const [position, snapshot] of batch.entries()) if (arrived.has(recordKey(snapshot))) all.add(position);
  return [...all].sort((a, b) => a - b);
}

/** Where nothing arrived the failure itself; else what is wrong for all the others shows at the next attempt. */
function outcomeOf(failure: ExportOutcome, { delivered, maybeDelivered }: Arrived): ExportOutcome {
  if (delivered.length === 0 && maybeDelivered.length === 0) return failure;
  const reason = "reason" in failure && failure.reason !== undefined ? failure.reason : TOO_LARGE;
  return { ...(failure.kind === "busy" ? failure : {}), kind: "busy", reason, delivered, maybeDelivered };
}

/** Positions in the batch, those of one span together and in their order. */
function bySpan(batch: readonly SpanSnapshot[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const [position, { traceId, id }] of batch.entries()) {
    const group = groups.get(spanKey(traceId, id));
    if (group === undefined) groups.set(spanKey(traceId, id), [position]);
    else group.push(position);
  }
  return [...groups.values()];
}
