/** Builds the body of a batch (`{"items":[…]}`) in slices short enough that requests of the application don't wait. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Body } from "./body.ts";
import { BodyWriter } from "./body-writer.ts";
import { ChunkPool } from "./chunk-pool.ts";
import { JsonEncoder, SLICE_BYTES } from "./json-encoder.ts";

/** What making an item and looking at it costs, as encoded bytes. */
const ITEM_WORK = 1024;

export class BodyBuilder {
  readonly #encoder: JsonEncoder;
  readonly #pool = new ChunkPool();

  constructor(encoder: JsonEncoder = new JsonEncoder()) {
    this.#encoder = encoder;
  }

  /**
   * `open`, the JSON of each item separated by `separator`, `close`.
   * @param itemOf makes the item of a value when its turn comes
   * @throws TypeError for an item that has no JSON form
   */
  async list<T>(
    open: string,
    values: readonly T[],
    itemOf: (value: T) => unknown,
    close: string,
    separator = ",",
  ): Promise<Body> {
    const writer = new BodyWriter(this.#pool);
    try {
      writer.text(open);
      for (let i = 0; i < values.length; i++) {
        if (i > 0) writer.text(separator);
        const steps = this.#encoder.write(itemOf(values[i]!), writer);
        writer.work += ITEM_WORK;
        if (steps !== undefined) for (const _ of steps) await breathe(writer);
        if (writer.work >= SLICE_BYTES) await breathe(writer);
      }
      writer.text(close);
      return writer.finish();
    } catch (error) {
      writer.release();
      throw error;
    }
  }

  /** One value. */
  async one(value: unknown): Promise<Body> {
    return this.list("", [value], (item) => item, "");
  }
}

async function breathe(writer: BodyWriter): Promise<void> {
  await nextTurn();
  writer.work = 0;
}
