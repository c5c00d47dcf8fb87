import { Capturer, forgetRemembered, type JsonNode, truncated } from "../capture/index.ts";
import type { OverheadStats } from "../contract/account.ts";
import type { Clock } from "../contract/clock.ts";
import type { Diagnostics } from "../contract/diagnostics.ts";
import { Degradation, LEVELS, type OverheadReading } from "./degradation.ts";
import type { OverheadBudget } from "./overhead-budget.ts";
import { PREVIEW_BUDGET } from "./preview-budget.ts";

/** Stands in the place of a payload that was left out. */
const LEFT_OUT = truncated("over the overhead budget");
const SAYS = {
  full: "payloads are captured whole",
  previews: "payloads are cut to previews",
  structure: "inputs and outputs are left out",
};

/** What is captured while a budget is passed: marked, counted, and said. Loaded where there is a budget. */
export class Degrading {
  /** Of the last capture, as a `Capturer` has it. */
  truncatedBytes = 0;
  readonly #budget: OverheadBudget;
  readonly #degradation: Degradation;
  readonly #previews: Capturer;
  readonly #diagnostics: Diagnostics;
  readonly #degraded = { previews: 0, structure: 0 };
  #level: OverheadStats["level"] = "full";

  constructor(budget: OverheadBudget, reading: OverheadReading, clock: Clock, diagnostics: Diagnostics) {
    this.#budget = budget;
    this.#degradation = new Degradation(budget, reading);
    this.#previews = new Capturer(PREVIEW_BUDGET, () => clock.monotonicMs());
    this.#diagnostics = diagnostics;
  }

  get isFull(): boolean {
    return this.#level === "full";
  }

  get stats(): Pick<OverheadStats, "level" | "passed" | "degradedPayloads"> {
    const { passed } = this.#degradation;
    return { level: this.#level, ...(passed !== undefined && { passed }), degradedPayloads: { ...this.#degraded } };
  }

  capture(value: unknown, isContent: boolean): JsonNode | undefined {
    if (this.#level === "structure" && isContent && isPayload(value)) {
      this.#degraded.structure += 1;
      this.truncatedBytes = LEFT_OUT.length;
      return LEFT_OUT;
    }
    const node = this.#previews.capture(value);
    this.truncatedBytes = this.#previews.truncatedBytes;
    if (this.truncatedBytes > 0) this.#degraded.previews += 1;
    return node;
  }

  look(reading: OverheadReading): void {
    const before = this.#level;
    this.#degradation.look(reading);
    this.#level = this.#degradation.level;
    if (this.#level === before) return;
    const isLess = LEVELS.indexOf(this.#level) > LEVELS.indexOf(before);
    if (isLess) this.#gaveUp(reading.nowMs);
    else this.#diagnostics.info("overhead recovered", `overhead: ${SAYS[this.#level]} again`, reading.nowMs);
  }

  #gaveUp(nowMs: number): void {
    // Of what the SDK holds this is all that it can let go without losing anything.
    forgetRemembered();
    const passed = this.#degradation.passed!;
    const what = passed === "loopShare" ? "event loop" : "heap";
    const message = `overhead: the SDK took more than ${this.#budget[passed]} of the ${what}: ${SAYS[this.#level]}`;
    this.#diagnostics.warn(`overhead ${this.#level}`, message, nowMs);
  }
}

/** A number or `true` is as short as its mark. */
function isPayload(value: unknown): boolean {
  return typeof value === "string" || typeof value === "function" || (typeof value === "object" && value !== null);
}
