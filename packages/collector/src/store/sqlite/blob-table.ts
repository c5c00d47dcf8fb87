/** The table of blobs. Writing one that is there costs nothing or one look-up; within a transaction of the caller's. */

import type { BlobSink } from "../payload-blobs.ts";
import type { Database, Statement } from "./sqlite.ts";

/** Names known to be stored, so that the blobs of a conversation are not offered to SQLite at each step again. */
const REMEMBERED_NAMES = 20_000;

export class BlobTable {
  readonly #insert: Statement;
  readonly #select: Statement;
  #known = new Set<string>();

  constructor(database: Database) {
    this.#insert = database.prepare("INSERT OR IGNORE INTO blobs (project, name, content) VALUES (?, ?, ?)");
    this.#select = database.prepare("SELECT content FROM blobs WHERE project = ? AND name = ?");
  }

  sinkOf(project: string): BlobSink {
    return {
      put: (name, content) => {
        const key = `${project}\0${name}`;
        if (this.#known.has(key)) return;
        this.#insert.run(project, name, content);
        if (this.#known.size >= REMEMBERED_NAMES) this.#known.clear();
        this.#known.add(key);
      },
    };
  }

  /** A look-up that reads each blob once: make one for each answer. */
  readerOf(project: string): (name: string) => string {
    const read = new Map<string, string>();
    return (name) => {
      let content = read.get(name);
      if (content === undefined) {
        const row = this.#select.get(project, name) as { content: string } | undefined;
        if (row === undefined) throw new Error("a blob is missing: the store is damaged");
        content = row.content;
        read.set(name, content);
      }
      return content;
    };
  }

  /** After a rollback nothing is known to be stored. */
  forget(): void {
    this.#known = new Set();
  }
}
