/** Small tables of texts that repeat: projects, and words (names, models, services) that spans name by a number. */
import { fromSqlText, toSqlText } from "./sql-text.ts";
import type { Database, Statement } from "./sqlite.ts";

/** What a row holds of a text: its number, or itself. */
export type WordColumn = number | string | Uint8Array;

/** Words in one store. What is new beyond that stands in the span's row itself: senders must not grow this table. */
const MAX_WORDS = 20_000;
const MAX_WORD_CHARACTERS = 512;

export class WordTable {
  readonly #insert: Statement;
  readonly #select: Statement;
  readonly #selectText: Statement;
  readonly #numbers = new Map<string, number>();
  readonly #texts = new Map<number, string>();
  #count: number;

  constructor(database: Database) {
    this.#insert = database.prepare("INSERT INTO words (text) VALUES (?)");
    this.#select = database.prepare("SELECT word FROM words WHERE text = ?");
    this.#selectText = database.prepare("SELECT text FROM words WHERE word = ?");
    this.#count = (database.prepare("SELECT count(*) AS words FROM words").get() as { words: number }).words;
  }

  /** How a row names this text: by its number, or by itself. Within a transaction of the caller's. */
  toColumn(text: string): WordColumn {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const own = toSqlText(text);
    if (text.length > MAX_WORD_CHARACTERS) return own;
    const row = this.#select.get(own) as { word: number } | undefined;
    if (row === undefined && this.#count >= MAX_WORDS) return own;
    const word = row?.word ?? Number(this.#insert.run(own).lastInsertRowid);
    if (row === undefined) this.#count += 1;
    this.#remember(word, text);
    return word;
  }

  fromColumn(column: WordColumn): string {
    if (typeof column !== "number") return fromSqlText(column);
    let text = this.#texts.get(column);
    if (text === undefined) {
      text = fromSqlText((this.#selectText.get(column) as { text: string | Uint8Array } | undefined)?.text ?? "");
      this.#remember(column, text);
    }
    return text;
  }

  /** After a rollback no number that was new is known to be stored. */
  forget(): void {
    this.#numbers.clear();
    this.#texts.clear();
  }

  #remember(word: number, text: string): void {
    if (this.#texts.size >= MAX_WORDS) this.forget();
    this.#numbers.set(text, word);
    this.#texts.set(word, text);
  }
}

export class ProjectTable {
  readonly #insert: Statement;
  readonly #select: Statement;
  readonly #known = new Map<string, number>();

  constructor(database: Database) {
    this.#insert = database.prepare("INSERT INTO projects (name) VALUES (?)");
    this.#select = database.prepare("SELECT project FROM projects WHERE name = ?");
  }

  /** Undefined for a project in which nothing was ever written. */
  find(name: string): number | undefined {
    let project = this.#known.get(name);
    if (project === undefined) {
      project = (this.#select.get(name) as { project: number } | undefined)?.project;
      if (project !== undefined) this.#known.set(name, project);
    }
    return project;
  }

  /** Within a transaction of the caller's. */
  take(name: string): number {
    const known = this.find(name);
    if (known !== undefined) return known;
    const project = Number(this.#insert.run(name).lastInsertRowid);
    this.#known.set(name, project);
    return project;
  }

  forget(): void {
    this.#known.clear();
  }
}
