/** Agentex's spans API: one request a span, `POST` for a span it does not know and `PATCH` for one it does. */
import { type SpanSnapshot, toAgentexCreate, toAgentexPatch } from "@everspan/protocol";
import { DEFAULT_DELIVERY } from "../../contract/defaults.ts";
import type { ExportOutcome, RejectedSpan } from "../../contract/export-outcome.ts";
import type { ExportContext } from "../../contract/span-exporter.ts";
import { BodyBuilder } from "../../encoding/body-builder.ts";
import { Backend, type SendResult } from "../backend/backend.ts";
import type { BackendAddress, HttpExporterOptions } from "../backend/backend-address.ts";
import { RecentKeys } from "../backend/recent-keys.ts";
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
  readonly #open = new RecentKeys(MAX_REMEMBERED);
  /** Snapshots that arrived although their batch did not: its retry leaves them out. */
  readonly #arrived = new RecentKeys(MAX_REMEMBERED);

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

  /** Several spans at once, the snapshots of one span after each other. The first failure that concerns all ends it. */
  async #deliver(batch: readonly SpanSnapshot[], signal: AbortSignal): Promise<ExportOutcome> {
    const waiting = bySpan(batch);
    const rejected: RejectedSpan[] = [];
    let failure: ExportOutcome | undefined;
    const work = async () => {
      for (let group = waiting.shift(); group !== undefined && failure === undefined; group = waiting.shift()) {
        for (const snapshot of group) {
          const outcome = await this.#deliverOne(snapshot, signal);
          if (outcome.kind === "poison") rejected.push({ id: snapshot.id, reason: outcome.reason });
          else if (outcome.kind !== "delivered") failure ??= outcome;
        }
      }
    };
    await Promise.all(Array.from({ length: this.#concurrency }, work));
    if (failure !== undefined) return failure;
    for (const snapshot of batch) this.#arrived.delete(revisionKeyOf(snapshot));
    return rejected.length === 0 ? { kind: "delivered" } : { kind: "partial", rejected };
  }

  async #deliverOne(snapshot: SpanSnapshot, signal: AbortSignal): Promise<ExportOutcome> {
    if (this.#arrived.has(revisionKeyOf(snapshot))) return { kind: "delivered" };
    const { outcome } = await this.#upsert(snapshot, signal);
    if (outcome.kind !== "delivered") return outcome;
    this.#arrived.add(revisionKeyOf(snapshot));
    if (snapshot.phase === "started") this.#open.add(keyOf(snapshot));
    else this.#open.delete(keyOf(snapshot));
    return outcome;
  }

  /** What this process does not remember, the back end may: 404 and 409 say so, and the other verb follows. */
  async #upsert(snapshot: SpanSnapshot, signal: AbortSignal): Promise<SendResult> {
    if (this.#open.has(keyOf(snapshot))) {
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

function bySpan(batch: readonly SpanSnapshot[]): SpanSnapshot[][] {
  const groups = new Map<string, SpanSnapshot[]>();
  for (const snapshot of batch) {
    const group = groups.get(keyOf(snapshot));
    if (group === undefined) groups.set(keyOf(snapshot), [snapshot]);
    else group.push(snapshot);
  }
  return [...groups.values()];
}

function keyOf(snapshot: SpanSnapshot): string {
  return `${snapshot.traceId}\n${snapshot.id}`;
}

function revisionKeyOf(snapshot: SpanSnapshot): string {
  return `${keyOf(snapshot)}\n${snapshot.phase}\n${snapshot.revision}`;
}
