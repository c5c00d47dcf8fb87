/**
 * The way from a decoded request to the store, the same for every dialect: what is refused, what is written, what is
 * counted, and who is told. A 2xx follows only from `write`, which resolves after the commit.
 */
import type { MergeVerdict, Refusal, SpanSnapshot, StoredSpan, UNKNOWN_BLOBS } from "@everspan/protocol";
import { HttpError, type HttpErrorCode } from "../http/http-errors.ts";
import { MAX_BATCH_RECORDS } from "../limits.ts";
import type { ProducerWatches } from "../producers/producer-watches.ts";
import {
  type ReceivedReport,
  type SpanChange,
  StoreUnavailableError,
  type TraceStore,
  type WriteOptions,
} from "../store/trace-store.ts";
import type { IngestCounts, RejectionReason } from "./ingest-counts.ts";
import { storeFailure } from "./store-failure.ts";

export class Ingest {
  readonly #store: TraceStore;
  readonly #counts: IngestCounts;
  readonly #onStored: (project: string, traceIds: ReadonlySet<string>) => void;
  readonly #watches: ProducerWatches;
  readonly #findProblem: () => string | undefined;

  /** @param findProblem says what is wrong with the store's medium; undefined while nothing is */
  constructor(
    store: TraceStore,
    counts: IngestCounts,
    onStored: (project: string, traceIds: ReadonlySet<string>) => void,
    watches: ProducerWatches,
    findProblem: () => string | undefined = () => undefined,
  ) {
    this.#findProblem = findProblem;
    this.#store = store;
    this.#counts = counts;
    this.#onStored = onStored;
    this.#watches = watches;
  }

  /** Turns away what a decoder refused. @param records how many came with it */
  refuse(refusal: CodedRefusal, records: number): HttpError {
    const error = refusalError(refusal);
    this.#counts.reject(REASONS[error.code] ?? "invalid", records);
    return error;
  }

  /** Counts records of a batch whose others were taken. */
  countRejected(records: number): void {
    if (records > 0) this.#counts.reject("invalid", records);
  }

  /** @throws HttpError 409, 413 or 503: nothing was written */
  async write(
    project: string,
    snapshots: readonly SpanSnapshot[],
    options: WriteOptions = {},
  ): Promise<readonly MergeVerdict[]> {
    if (snapshots.length > MAX_BATCH_RECORDS) {
      this.#counts.reject("invalid", snapshots.length);
      throw new HttpError(413, "TOO_MANY_SPANS", `a request must have at most ${MAX_BATCH_RECORDS} spans`);
    }
    const verdicts = await this.#onMedium(() => this.#store.write(project, snapshots, options)).catch(
      (error: unknown) => {
        if (options.producer !== undefined) this.#watches.of(project).reportFailed(options.producer.report.id);
        throw this.#storeFailure(error, snapshots.length);
      },
    );
    this.#counts.settle(verdicts);
    this.#onStored(project, new Set(snapshots.map((snapshot) => snapshot.traceId)));
    if (options.producer !== undefined) {
      const { id } = options.producer.report;
      await this.#watches.of(project).reported(id);
      await this.#watches.of(project).delivered(id, snapshots);
    }
    return verdicts;
  }

  /** A producer's report without spans. @throws HttpError 503: it was not stored */
  async report(project: string, received: ReceivedReport): Promise<void> {
    await this.#onMedium(() => this.#store.report(project, received)).catch((error: unknown) => {
      this.#watches.of(project).reportFailed(received.report.id);
      throw describeFailure(error)[1];
    });
    await this.#watches.of(project).reported(received.report.id);
  }

  /** @returns undefined for an unknown id, which is not counted. @throws HttpError 503; and what `change` throws */
  async patch(project: string, spanId: string, change: SpanChange): Promise<StoredSpan | undefined> {
    const span = await this.#onMedium(() => this.#store.patch(project, spanId, change)).catch((error: unknown) => {
      throw this.#storeFailure(error, 1);
    });
    if (span === undefined) return undefined;
    this.#counts.settle(["stored-new"]);
    this.#onStored(project, new Set([span.traceId]));
    return span;
  }

  /** What was written to files that are gone, or that are going meanwhile, is not stored. @throws StoreUnavailableError */
  async #onMedium<Value>(write: () => Promise<Value>): Promise<Value> {
    this.#refuseLostMedium();
    const value = await write();
    this.#refuseLostMedium();
    return value;
  }

  #refuseLostMedium(): void {
    const problem = this.#findProblem();
    if (problem !== undefined) throw new StoreUnavailableError(problem);
  }

  #storeFailure(error: unknown, records: number): unknown {
    const [reason, failure] = describeFailure(error);
    this.#counts.reject(reason, records);
    return failure;
  }
}

type CodedRefusal = Refusal & { readonly code?: typeof UNKNOWN_BLOBS };

const REASONS: Readonly<Partial<Record<HttpErrorCode, RejectionReason>>> = {
  BUSY: "busy",
  CONFLICT: "conflict",
  SPAN_EXISTS: "conflict",
  STORE_UNAVAILABLE: "unavailable",
  UNKNOWN_BLOBS: "unknown_blobs",
};

/** A decoder's refusal as the sender sees it. */
export function refusalError({ status, code, message }: CodedRefusal): HttpError {
  if (code !== undefined) return new HttpError(409, code, message);
  return status === 409 ? new HttpError(409, "CONFLICT", message) : new HttpError(status, "INVALID_SPAN", message);
}

function describeFailure(error: unknown): [RejectionReason, unknown] {
  const failure = storeFailure(error);
  if (failure === undefined)
    return [error instanceof HttpError && error.status === 409 ? "conflict" : "invalid", error];
  return [REASONS[failure.code] ?? "invalid", failure];
}
