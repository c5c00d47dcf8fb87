/**
 * Joins the rows of writes that wait into blocks, since ClickHouse wants few large ones. A block goes in three steps, each
 * acknowledged before the next: what spans refer to, spans, and that their traces were touched. Whatever of it is there
 * when a step fails is harmless: the same rows come again with the retry, and of equal rows one stands.
 */
import { StoreBusyError, StoreUnavailableError } from "../store-errors.ts";

export type BlockTable =
  | "blobs"
  | "pieces"
  | "spans"
  | "touches"
  | "seals"
  | "producers"
  | "losses"
  | "pins"
  | "tombstones";

/** Rows as lines of JSON, by table. */
export type Block = Partial<Record<BlockTable, readonly string[]>>;

/** Where blocks go. */
export interface BlockTarget {
  insert(table: string, rows: readonly string[]): Promise<void>;
}

const STEPS: readonly (readonly BlockTable[])[] = [
  ["blobs", "pieces", "producers", "losses", "pins", "tombstones", "seals"],
  ["spans"],
  ["touches"],
];

const MAX_BLOCK_ROWS = 50_000;
const MAX_BLOCK_CHARACTERS = 64 * 1024 * 1024;
const MAX_WAITING_CHARACTERS = 256 * 1024 * 1024;

interface Waiting {
  readonly block: Block;
  readonly rows: number;
  readonly characters: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class BlockQueue {
  readonly #target: BlockTarget;
  readonly #maxRows: number;
  #waiting: Waiting[] = [];
  #rows = 0;
  #characters = 0;
  #running: Promise<void> | undefined;
  #isClosed = false;

  /** @param maxRows that may wait for their commit */
  constructor(target: BlockTarget, maxRows: number) {
    this.#target = target;
    this.#maxRows = maxRows;
  }

  /**
   * Resolves when all rows are stored.
   * @throws StoreBusyError when too much waits; StoreUnavailableError when ClickHouse did not take it
   */
  add(block: Block): Promise<void> {
    const lists = Object.values(block);
    const rows = lists.reduce((sum, lines) => sum + lines.length, 0);
    const characters = lists.flat().reduce((sum, line) => sum + line.length, 0);
    if (rows === 0) return Promise.resolve();
    if (this.#isClosed) return Promise.reject(new StoreUnavailableError("the store is closed"));
    const isFull = this.#rows + rows > this.#maxRows || this.#characters + characters > MAX_WAITING_CHARACTERS;
    if (isFull && this.#rows > 0) return Promise.reject(new StoreBusyError("too many records wait for ClickHouse"));
    this.#rows += rows;
    this.#characters += characters;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ block, rows, characters, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing waits. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      // What arrives in the same turn goes along.
      await Promise.resolve();
      const taken = this.#take();
      try {
        await this.#write(taken);
        for (const { resolve } of taken) resolve();
      } catch (error) {
        for (const { reject } of taken) reject(error);
      } finally {
        for (const { rows, characters } of taken) {
          this.#rows -= rows;
          this.#characters -= characters;
        }
      }
    }
    this.#running = undefined;
  }

  #take(): Waiting[] {
    let [rows, characters, count] = [0, 0, 0];
    for (const next of this.#waiting) {
      rows += next.rows;
      characters += next.characters;
      if (count > 0 && (rows > MAX_BLOCK_ROWS || characters > MAX_BLOCK_CHARACTERS)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #write(taken: readonly Waiting[]): Promise<void> {
    for (const tables of STEPS) {
      await Promise.all(
        tables.map(async (table) => {
          const lines = [...new Set(taken.flatMap(({ block }) => block[table] ?? []))];
          if (lines.length > 0) await this.#target.insert(table, lines);
        }),
      );
    }
  }
}
