import { type CaptureMemory, Capturer, type JsonNode, rememberedBytes } from "../capture/index.ts";
import type { OverheadStats } from "../contract/account.ts";
import type { Clock } from "../contract/clock.ts";
import type { Diagnostics } from "../contract/diagnostics.ts";
import { ownTime } from "../contract/own-time.ts";
import type { Degrading } from "./degrading.ts";
import { HEAP_LIMIT_BYTES } from "./heap-limit.ts";
import { LoopShare } from "./loop-share.ts";
import type { OverheadBudget } from "./overhead-budget.ts";

/** Records at least this large are measured one by one: what they cost differs. */
const LARGE_BYTES = 4 * 1024;
/**
 * Of smaller ones every seventeenth is measured, and counts for all of them. A prime: an application that starts and ends
 * spans by turns must not have only its starts measured.
 */
const STRIDE = 17;
/**
 * A small record that took longer was interrupted (by a collection of garbage), or runs code of the application: it
 * counts once, and those that follow are measured one by one.
 */
const SLOW_MS = 1;
const NOTHING_DEGRADED: Pick<OverheadStats, "level" | "degradedPayloads"> = {
  level: "full",
  degradedPayloads: { previews: 0, structure: 0 },
};

export interface MeasuringOptions {
  readonly overheadBudget: OverheadBudget | undefined;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  readonly pipeline: { readonly heldBytes: number };
}

/** Captures payloads for a tracer. What measures is absent from the lean build. */
export type PayloadCapturer = Pick<Capturer, "truncatedBytes"> & {
  /** @param isContent what structure alone does without: a span's input or output, but not its data, which holds the usage */
  capture(value: unknown, memory?: CaptureMemory, isContent?: boolean): JsonNode | undefined;
  /**
   * A record went its way into the queue.
   * @param startedMs when its capture began
   */
  recorded?(bytes: number, startedMs: number): void;
  readonly overhead?: OverheadStats;
};

export function payloadCapturer(options: MeasuringOptions): PayloadCapturer {
  return new MeasuredCapturer(options);
}

/**
 * Captures payloads as far as the overhead budget allows, and measures what recording costs: the clock has been read when
 * a record begins, so a large record costs one reading more, and a small one none but every seventeenth.
 */
class MeasuredCapturer extends Capturer implements PayloadCapturer {
  readonly #options: MeasuringOptions;
  readonly #loopShare: LoopShare;
  /** Loaded where there is a budget. */
  #degrading: Degrading | undefined;
  /** Small records since one was measured. */
  #unmeasured = 0;
  /** How many small ones are still measured one by one. */
  #watched = 0;

  constructor(options: MeasuringOptions) {
    super({}, () => options.clock.monotonicMs());
    this.#options = options;
    this.#loopShare = new LoopShare(options.clock.monotonicMs(), ownMs());
    if (options.overheadBudget !== undefined) void this.#load(options.overheadBudget);
  }

  override capture(value: unknown, memory?: CaptureMemory, isContent = false): JsonNode | undefined {
    const degrading = this.#degrading;
    if (degrading === undefined || degrading.isFull) return super.capture(value, memory);
    const node = degrading.capture(value, isContent);
    this.truncatedBytes = degrading.truncatedBytes;
    return node;
  }

  recorded(bytes: number, startedMs: number): void {
    const isWatched = bytes >= LARGE_BYTES || this.#watched > 0;
    if (!isWatched && ++this.#unmeasured < STRIDE) return;
    const nowMs = this.#options.clock.monotonicMs();
    const tookMs = Math.max(0, nowMs - startedMs);
    if (bytes < LARGE_BYTES) {
      this.#watched = tookMs > SLOW_MS ? STRIDE : Math.max(0, this.#watched - 1);
      this.#unmeasured = 0;
    }
    ownTime.recordingMs += isWatched || tookMs > SLOW_MS ? tookMs : tookMs * STRIDE;
    this.#look(nowMs);
  }

  get overhead(): OverheadStats {
    const nowMs = this.#options.clock.monotonicMs();
    this.#look(nowMs);
    return {
      loopShare: this.#loopShare.at(nowMs, ownMs()),
      heapShare: this.#heapShare,
      ...(this.#degrading?.stats ?? NOTHING_DEGRADED),
    };
  }

  /** Queue and memories alone: the heap's own figures tell what the application holds, too. */
  get #heapShare(): number {
    return (this.#options.pipeline.heldBytes + rememberedBytes()) / HEAP_LIMIT_BYTES;
  }

  #look(nowMs: number): void {
    this.#loopShare.look(nowMs, ownMs());
    this.#degrading?.look({ nowMs, ownMs: ownMs(), heapShare: this.#heapShare });
  }

  /** Without its code, which a bundle that is being replaced may lack, everything is captured whole. */
  async #load(budget: OverheadBudget): Promise<void> {
    const { clock, diagnostics } = this.#options;
    try {
      const { Degrading } = await import("./degrading.ts");
      const reading = { nowMs: clock.monotonicMs(), ownMs: ownMs(), heapShare: 0 };
      this.#degrading = new Degrading(budget, reading, clock, diagnostics);
    } catch {
      diagnostics.warn("overhead", "overhead: the budget can't be kept, its code can't be loaded", clock.monotonicMs());
    }
  }
}

function ownMs(): number {
  return ownTime.recordingMs + ownTime.backgroundMs;
}
