/**
 * Large records are looked at and made text of in turns of the event loop before they get their number in the spool: as
 * many megabytes as a record may hold would hold up the application for a tenth of a second. One at a time, and nothing
 * overtakes it.
 */
import { inBackground } from "../../contract/in-background.ts";
import { sliceTurn } from "../../encoding/slice-turns.ts";
import { isLargeRecord, lookAtLarge } from "../../redaction/large-payloads.ts";
import type { Redactor } from "../../redaction/redactor.ts";
import type { SpanRecord } from "../record/span-record.ts";
import type { OwnPlace } from "./own-place.ts";
import type { RecordEncoder } from "./records/spooled-record.ts";

/** Characters of text made in one turn. */
const STEP_CHARACTERS = 128 * 1024;
const NEVER = new AbortController().signal;

export class LargeRecords {
  /** One is on its way: nothing else gets a number. */
  isPreparing = false;
  readonly #encoder: RecordEncoder;
  readonly #redactor: Redactor | undefined;
  readonly #onReady: () => void;
  #ready: { readonly place: OwnPlace; readonly revision: number } | undefined;

  constructor(encoder: RecordEncoder, redactor: Redactor | undefined, onReady: () => void) {
    this.#encoder = encoder;
    this.#redactor = redactor;
    this.#onReady = onReady;
  }

  /** Whether the record can be encoded at one go. If not that is seen to now, and told when it is done. */
  isReady(place: OwnPlace, record: SpanRecord): boolean {
    const { revision } = record;
    if (!isLargeRecord(record) || (this.#ready?.place === place && this.#ready.revision === revision)) return true;
    this.isPreparing = true;
    void this.#prepare(record).then(() => {
      this.isPreparing = false;
      this.#ready = { place, revision };
      this.#onReady();
    });
    return false;
  }

  /** Never rejects: what can't be prepared is met again when it is encoded. */
  async #prepare(record: SpanRecord): Promise<void> {
    try {
      if (this.#redactor !== undefined) await lookAtLarge([record], this.#redactor, NEVER);
      const steps = this.#encoder.prepare(this.#redactor?.record(record) ?? record, STEP_CHARACTERS);
      do await sliceTurn();
      while (inBackground(() => steps.next()).done !== true);
    } catch {
      // As it is.
    }
  }
}
