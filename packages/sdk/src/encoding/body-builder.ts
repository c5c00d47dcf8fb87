/** Builds the body of a batch (`{"items":[…]}`) in slices short enough that requests of the application don't wait. */
import { countedSteps } from "../contract/in-background.ts";
import type { Body } from "./body.ts";
import { BodyWriter } from "./body-writer.ts";
import { ChunkPool } from "./chunk-pool.ts";
import { JsonEncoder, SLICE_BYTES, type Steps } from "./json-encoder.ts";
import { ListWriter } from "./list-writer.ts";
import { sliceTurn } from "./slice-turns.ts";

/** What making an item and looking at it costs, as encoded bytes. */
const ITEM_WORK = 1024;

export class BodyBuilder {
  readonly #encoder: JsonEncoder;
  readonly #pool = new ChunkPool();

  constructor(encoder: JsonEncoder = new JsonEncoder()) {
    this.#encoder = encoder;
  }

  /**
   * `open`, the JSON of each item with commas between, `close`.
   * @param add brings a value's item to the list when its turn comes, or leaves it out; gives what the list gave
   * @throws TypeError for an item that has no JSON form
   */
  list<T>(
    open: string,
    values: readonly T[],
    add: (value: T, list: ListWriter) => Steps | undefined,
    close: string,
  ): Promise<Body> {
    return this.compose(function* (writer, encoder) {
      const list = new ListWriter(writer, encoder);
      writer.text(open, true);
      for (const value of values) {
        const steps = add(value, list);
        if (steps !== undefined) yield* steps;
        writer.work += ITEM_WORK;
        if (writer.work < SLICE_BYTES) continue;
        list.finish();
        yield;
      }
      list.finish();
      writer.text(close);
    });
  }

  /** A line for each value. */
  lines(values: readonly unknown[]): Promise<Body> {
    return this.compose(function* (writer, encoder) {
      for (const value of values) {
        const steps = encoder.write(value, writer);
        if (steps !== undefined) yield* steps;
        writer.text("\n");
        writer.work += ITEM_WORK;
        if (writer.work >= SLICE_BYTES) yield;
      }
    });
  }

  /** One value. */
  one(value: unknown): Promise<Body> {
    return this.compose(function* (writer, encoder) {
      const steps = encoder.write(value, writer);
      if (steps !== undefined) yield* steps;
    });
  }

  /** Whatever the steps write. Between two of them the event loop runs. */
  async compose(write: (writer: BodyWriter, encoder: JsonEncoder) => Steps): Promise<Body> {
    const writer = new BodyWriter(this.#pool);
    try {
      for (const _ of countedSteps(write(writer, this.#encoder))) {
        await sliceTurn();
        writer.work = 0;
      }
      return writer.finish();
    } catch (error) {
      writer.release();
      throw error;
    }
  }
}
