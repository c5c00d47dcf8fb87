/** The way of spans that come in pieces: what a dialect made of a request is joined with what is stored. */

import {
  type Clock,
  type DecodedPieces,
  formatTimestamp,
  type RejectedItem,
  snapshotOfPiece,
} from "@everspan/protocol";
import { MAX_BATCH_RECORDS } from "../limits.ts";
import type { Ingest } from "./ingest.ts";

export class PieceWriter {
  readonly #ingest: Ingest;
  readonly #clock: Clock;

  constructor(ingest: Ingest, clock: Clock) {
    this.#ingest = ingest;
    this.#clock = clock;
  }

  /**
   * Commits the pieces that a decoder finds. @param decode gets the time of arrival, RFC 3339
   * @returns the items that had no place. @throws HttpError: nothing of the last part was written
   */
  async write(project: string, decode: (receivedAt: string) => DecodedPieces): Promise<readonly RejectedItem[]> {
    const decoded = decode(formatTimestamp(Math.round(this.#clock.wallMs() * 1000)));
    if (!decoded.ok) throw this.#ingest.refuse(decoded, 1);
    const snapshots = decoded.pieces.map(snapshotOfPiece);
    for (let from = 0; from < snapshots.length; from += MAX_BATCH_RECORDS) {
      await this.#ingest.write(project, snapshots.slice(from, from + MAX_BATCH_RECORDS), { order: "pieces" });
    }
    this.#ingest.countRejected(decoded.rejected.length);
    return decoded.rejected;
  }
}
