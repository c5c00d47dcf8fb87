/** What holds for a lane: the tracer's policy, and the exporter's own besides. Loads the patterns when they are needed. */
import type { RedactionOptions } from "../contract/redaction-options.ts";
import type { Redactor } from "./redactor.ts";

export class LaneRedaction {
  readonly #own: readonly (RedactionOptions | undefined)[];
  readonly #base: RedactionOptions | undefined;
  readonly #redactors = new Map<RedactionOptions | undefined, Redactor | Promise<Redactor>>();

  /** @param own by lane index; @param base the tracer's; undefined where nothing is withheld */
  constructor(base: RedactionOptions | undefined, own: readonly (RedactionOptions | undefined)[]) {
    this.#base = base;
    this.#own = own;
  }

  /** Undefined where nothing is withheld. Rejects when the patterns can't be loaded: then nothing may be sent. */
  of(laneIndex: number): Redactor | Promise<Redactor> | undefined {
    const own = this.#own[laneIndex];
    const policies = [this.#base, own].filter((policy) => policy !== undefined);
    if (policies.length === 0) return undefined;
    const known = this.#redactors.get(own);
    if (known !== undefined) return known;
    const loading = import("./redactor.ts").then(({ Redactor }) => new Redactor(policies));
    this.#redactors.set(own, loading);
    loading.then(
      (redactor) => this.#redactors.set(own, redactor),
      () => this.#redactors.delete(own),
    );
    return loading;
  }
}
