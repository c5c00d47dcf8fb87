/**
 * Which blobs the collector has, so that later batches only name them. Known is what a batch carried whose
 * response was 2xx, from a collector that said that it keeps blobs; bounded, those used last. Nothing depends on its being
 * right: a collector that misses a blob refuses the batch before anything is committed, and the batch is sent again whole.
 */
import { BoundedMap, KEPT_BLOB_ENTRY_BYTES } from "@everspan/protocol";
import type { TransportResponse } from "../../transport/transport.ts";

/** Of blobs' contents, which are not kept here: so many names take up to 6 MB. */
const MAX_KNOWN_BYTES = 32 * 1024 * 1024;
/** Of what the collector keeps, for other senders keep theirs there too. */
const SHARE = 0.5;
/** After the 2nd, 3rd, 4th refusal in a row, send the next 3, 15, 63 batches whole; from then on 127. */
const MAX_REFUSALS = 7;

/** How a batch is written. */
export interface BatchForm {
  /** Left out of the batch; undefined for a batch of version 1, which leaves nothing out and has no runs. */
  readonly isKept: ((name: string) => boolean) | undefined;
  /** Which generation of known blobs it was made with. */
  readonly generation: number;
}

export class KeptBlobs {
  /** Assumed until a collector refuses it. */
  #takesVersion2 = true;
  /** Empty while the collector has not said that it keeps blobs. */
  #known = new BoundedMap<true>(0);
  /** Counts how often everything was forgotten: a response to a batch of an earlier generation says nothing. */
  #generation = 0;
  /** Penalty: +2 per refusal, -1 per shortened batch that was accepted. */
  #refusals = 0;
  /** How many of the next batches are sent whole, after refusals. */
  #wholeBatches = 0;

  /** How the next batch is written. */
  form(): BatchForm {
    if (!this.#takesVersion2) return this.#formWith(undefined);
    if (this.#wholeBatches === 0) return this.#formWith((name) => this.#known.get(name) === true);
    this.#wholeBatches -= 1;
    return this.#formWith(nothing);
  }

  /**
   * The collector has the batch.
   * @param named the blobs that the batch brought or named, with the lengths of their contents
   * @param keepsBlobBytes what its answer says of itself
   */
  taken(form: BatchForm, named: ReadonlyMap<string, number>, keepsBlobBytes: unknown): void {
    if (form.generation !== this.#generation) return;
    const isKeeper = typeof keepsBlobBytes === "number" && keepsBlobBytes > 0;
    if (isKeeper) this.#takesVersion2 = true;
    const maxBytes = isKeeper ? Math.min(MAX_KNOWN_BYTES, keepsBlobBytes * SHARE) : 0;
    if (this.#known.maxWeight !== maxBytes) this.#known = new BoundedMap(maxBytes);
    for (const [name, length] of named) this.#known.set(name, true, length + KEPT_BLOB_ENTRY_BYTES);
    if (form.isKept !== nothing) this.#refusals = Math.max(0, this.#refusals - 1);
  }

  /**
   * How to write again, immediately, a batch that was refused for the way in which it was written: whole, and then as
   * version 1. Undefined when that was not the reason, or no other way is left.
   */
  refused(form: BatchForm, { status }: TransportResponse): BatchForm | undefined {
    if (form.isKept === undefined || (status !== 409 && status !== 422)) return undefined;
    if (status === 409 && form.isKept !== nothing) {
      if (form.generation === this.#generation) this.#missed();
      return this.#formWith(nothing);
    }
    if (status === 409) return undefined;
    this.#forget();
    this.#takesVersion2 = false;
    return this.#formWith(undefined);
  }

  /**
   * A single refusal means that the collector restarted. Repeated refusals mean a load balancer or a full cache: leaving
   * blobs out then costs more than it saves, and is tried less and less often.
   */
  #missed(): void {
    this.#forget();
    this.#wholeBatches = 2 ** this.#refusals - 1;
    this.#refusals = Math.min(MAX_REFUSALS, this.#refusals + 2);
  }

  #forget(): void {
    this.#generation += 1;
    this.#known = new BoundedMap(this.#known.maxWeight);
  }

  #formWith(isKept: BatchForm["isKept"]): BatchForm {
    return { isKept, generation: this.#generation };
  }
}

function nothing(): boolean {
  return false;
}
