/**
 * Which blobs the collector has, so that later batches only name them. Known is what a batch carried that was answered
 * with 2xx, by a collector that said that it keeps blobs; bounded, those used last. Nothing depends on its being right: a
 * collector that misses a blob refuses the batch before anything is committed, and the batch is sent again whole.
 */
import { RecentBlobs } from "@everspan/protocol";
import type { TransportResponse } from "../../transport/transport.ts";

/** Of blobs' contents, which are not kept here: so many names take up to 6 MB. */
const MAX_KNOWN_BYTES = 32 * 1024 * 1024;
/** Of what the collector keeps, for other senders keep theirs there too. */
const SHARE = 0.5;
/** After a refusal that others went before, the next 3, 15, 63 and then each time 127 batches leave nothing out. */
const MAX_REFUSALS = 7;

/** How a batch is written. */
export interface BatchForm {
  /** Left out of the batch; undefined for a batch of version 1, which leaves nothing out and has no runs. */
  readonly isKept: ((name: string) => boolean) | undefined;
  /** Which knowledge it was made with. */
  readonly epoch: number;
}

export class KeptBlobs {
  /** Assumed until a collector refuses it. */
  #takesVersion2 = true;
  /** Empty while the collector has not said that it keeps blobs. */
  #known = new RecentBlobs<true>(0);
  /** Counts how often everything was forgotten: what is answered to a batch from before says nothing any more. */
  #epoch = 0;
  /** Two for each refusal, less the batches that left something out and were taken. */
  #refusals = 0;
  /** Batches to come that leave nothing out, after refusals. */
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
    if (form.epoch !== this.#epoch) return;
    const isKeeper = typeof keepsBlobBytes === "number" && keepsBlobBytes > 0;
    if (isKeeper) this.#takesVersion2 = true;
    const maxBytes = isKeeper ? Math.min(MAX_KNOWN_BYTES, keepsBlobBytes * SHARE) : 0;
    if (this.#known.maxBytes !== maxBytes) this.#known = new RecentBlobs(maxBytes);
    for (const [name, length] of named) this.#known.set(name, true, length);
    if (form.isKept !== nothing) this.#refusals = Math.max(0, this.#refusals - 1);
  }

  /**
   * How to write a batch again at once that was refused for the way in which it was written: whole, and then as version
   * 1. Undefined when that was not the reason, or no other way is left.
   */
  refused(form: BatchForm, { status }: TransportResponse): BatchForm | undefined {
    if (form.isKept === undefined || (status !== 409 && status !== 422)) return undefined;
    if (status === 409 && form.isKept !== nothing) {
      if (form.epoch === this.#epoch) this.#missed();
      return this.#formWith(nothing);
    }
    if (status === 409) return undefined;
    this.#forget();
    this.#takesVersion2 = false;
    return this.#formWith(undefined);
  }

  /**
   * Once means that a collector began anew. When it goes on, several share an address, or more senders share one than it
   * can keep the blobs of: leaving out then costs more than it saves, and is tried ever less often.
   */
  #missed(): void {
    this.#forget();
    this.#wholeBatches = 2 ** this.#refusals - 1;
    this.#refusals = Math.min(MAX_REFUSALS, this.#refusals + 2);
  }

  #forget(): void {
    this.#epoch += 1;
    this.#known = new RecentBlobs(this.#known.maxBytes);
  }

  #formWith(isKept: BatchForm["isKept"]): BatchForm {
    return { isKept, epoch: this.#epoch };
  }
}

function nothing(): boolean {
  return false;
}
