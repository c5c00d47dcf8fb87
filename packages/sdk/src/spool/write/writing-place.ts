import { attempt, removeFile } from "../disk/file-steps.ts";
import type { Fd, SpoolFs } from "../disk/spool-fs.ts";
import { call, type Steps } from "../disk/steps.ts";
import type { SeqRange } from "../format/seq-set.ts";
import {
  createOwnIncarnation,
  discardIncarnation,
  type IncarnationParts,
  leaveIncarnation,
  type OwnIncarnation,
  writeAccount,
  writeAccountSync,
} from "../lifecycle/own-incarnation.ts";
import { LiveSegments } from "./live-segments.ts";
import { assertInPlace, createSegment, type OpenSegment } from "./segment-file.ts";

/**
 * The directory and the segment that this process writes to now, and the files that it wrote before.
 *
 * Its protocols may overlap, one off the event loop and one within a turn. What a protocol made (a directory, a segment)
 * is used only when no other has made one meanwhile; otherwise it is removed again.
 */
export class WritingPlace {
  readonly segments: LiveSegments;
  readonly #parts: IncarnationParts & { readonly fs: SpoolFs };
  /** The number that the first record of a segment made now will have. */
  readonly #nextSeq: () => number;
  #incarnation: OwnIncarnation | undefined;
  #open: OpenSegment | undefined;
  #nextOrdinal = 1;
  #isLedgerDirty = false;

  constructor(parts: IncarnationParts & { readonly fs: SpoolFs }, nextSeq: () => number) {
    this.#parts = parts;
    this.#nextSeq = nextSeq;
    this.segments = new LiveSegments(parts.lanes);
  }

  get incarnation(): OwnIncarnation | undefined {
    return this.#incarnation;
  }

  /** The segment that is being written, if there is one. */
  get open(): OpenSegment | undefined {
    return this.#open;
  }

  get isLedgerDirty(): boolean {
    return this.#isLedgerDirty;
  }

  markLedgerDirty(): void {
    this.#isLedgerDirty = true;
  }

  *ensureIncarnation(): Steps<OwnIncarnation> {
    if (this.#incarnation !== undefined) return this.#incarnation;
    const made = yield* createOwnIncarnation(this.#parts, this.#nextSeq());
    if (this.#incarnation === undefined) {
      this.#incarnation = made;
      this.#isLedgerDirty = true;
      return made;
    }
    yield* discardIncarnation(made);
    return this.#incarnation;
  }

  *ensureSegment(): Steps<void> {
    const incarnation = yield* this.ensureIncarnation();
    if (this.#open !== undefined) return;
    const ordinal = this.#nextOrdinal;
    this.#nextOrdinal += 1;
    const made = yield* createSegment({
      incarnationPath: incarnation.path,
      incarnationId: incarnation.id,
      ordinal,
      firstSeq: this.#nextSeq(),
      createdMs: this.#parts.clock.wallMs(),
      isDurable: this.#parts.isDurable,
    });
    if (this.#open === undefined && this.#incarnation === incarnation && this.#nextSeq() === made.info.firstSeq) {
      this.#open = made;
      this.segments.add(made.info);
      return;
    }
    yield* attempt(() => call((fs) => fs.close(made.fd)));
    yield* attempt(() => call((fs) => fs.unlink(made.info.path)));
  }

  /** Checks that what was written is still where it belongs. */
  *checkPlace(): Steps<void> {
    if (this.#open !== undefined) yield* assertInPlace(this.#open.info);
  }

  /** Nothing more is written to the open segment. */
  seal(): void {
    if (this.#open === undefined) return;
    this.#open.info.isSealed = true;
    this.#closeQuietly(this.#open.fd);
    this.#open = undefined;
  }

  /** Leaves the open segment as it is, never to be synced again. */
  giveUpSegment(): OpenSegment | undefined {
    const open = this.#open;
    this.#open = undefined;
    if (open !== undefined) this.#closeQuietly(open.fd);
    return open;
  }

  /** Its files vanished. Answers which records only these held. */
  giveUpIncarnation(): SeqRange[] {
    if (this.#incarnation !== undefined) this.#closeQuietly(this.#incarnation.ledgerFd);
    this.#incarnation = undefined;
    return this.segments.forgetAll();
  }

  /** After its files vanished there is none to write to: a new directory is made for it, or the work would never be done. */
  *writeLedgerIfDirty(): Steps<void> {
    if (!this.#isLedgerDirty) return;
    yield* this.ensureIncarnation();
    yield* this.writeLedger();
  }

  /** Does nothing before the directory is made. */
  *writeLedger(): Steps<void> {
    if (this.#incarnation === undefined) return;
    this.#isLedgerDirty = false;
    yield* writeAccount(this.#parts, this.#incarnation);
  }

  /** The same within this turn. */
  writeLedgerSync(): void {
    if (this.#incarnation === undefined) return;
    this.#isLedgerDirty = false;
    writeAccountSync(this.#parts.fs.sync, this.#parts, this.#incarnation);
  }

  /** A segment goes only after a ledger that says why: else its absence would look like corruption. */
  *removeSettled(isEverythingWritten: boolean): Steps<void> {
    const incarnation = this.#incarnation;
    const removable = this.segments.takeRemovable(isEverythingWritten);
    if (incarnation === undefined || removable.length === 0) return;
    try {
      yield* writeAccount(this.#parts, incarnation);
      if (this.#parts.isDurable) yield* call((fs) => fs.fsync(incarnation.ledgerFd));
    } catch (error) {
      for (const segment of removable) this.segments.keepForLater(segment);
      throw error;
    }
    for (const segment of removable) {
      if (!(yield* attempt(() => removeFile(segment.path)))) this.segments.keepForLater(segment);
    }
  }

  /** Removes what is settled; the rest stays, free for anybody to adopt. */
  *leave(isEverythingWritten: boolean): Steps<void> {
    const incarnation = this.#incarnation;
    this.seal();
    yield* attempt(() => this.writeLedger());
    yield* attempt(() => this.removeSettled(isEverythingWritten));
    this.#incarnation = undefined;
    if (incarnation === undefined) return;
    yield* leaveIncarnation(this.#parts.directory, incarnation, isEverythingWritten && this.segments.isEmpty);
  }

  /** Not awaited: nothing depends on it, and on a hung disk it would never end. */
  #closeQuietly(fd: Fd): void {
    void this.#parts.fs.offLoop.close(fd).catch(() => undefined);
  }
}
