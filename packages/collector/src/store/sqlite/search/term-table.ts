/**
 * The words of the text index by their beginning. For a beginning (`weath*`) FTS5 reads the documents of every word that
 * has it before it gives the first; for words it goes through their documents from the newest on, and stops with the page.
 * So a beginning is asked for as the words that have it, while these are not too many.
 */
import type { Database, Statement } from "../schema/sqlite.ts";

/** A table of the connection's own, made before it is told to write nothing. */
export const TERM_TABLE = "CREATE VIRTUAL TABLE temp.text_terms USING fts5vocab(main, texts, instance)";

/** Words that stand in for a beginning. */
const MAX_TERMS = 128;

/** Of others it is not known here how the index spells them: it takes accents off. */
const PLAIN_WORD = /^[a-z0-9]+$/;

/** Before any letter or digit. */
const LEAST = "\u0001";
const GREATEST = "\u{10ffff}";

export class TermTable {
  readonly #next: Statement;

  constructor(database: Database) {
    this.#next = database.prepare("SELECT term FROM temp.text_terms WHERE term >= ? AND term <= ? LIMIT 1");
  }

  /** The indexed words that begin so; undefined when they are too many, or it can't be told. @param beginning folded */
  beginningWith(beginning: string): readonly string[] | undefined {
    if (!PLAIN_WORD.test(beginning)) return undefined;
    const terms: string[] = [];
    let from = beginning;
    for (;;) {
      const row = this.#next.get(from, beginning + GREATEST) as { term: string } | undefined;
      if (row === undefined) return terms;
      if (terms.length === MAX_TERMS) return undefined;
      terms.push(row.term);
      from = row.term + LEAST;
    }
  }
}
