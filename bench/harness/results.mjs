/**
 * What was measured so far, as JSON lines: one cell a line, named by its section, subject, variant (an outage's form, a
 * crash's ending) and round. A run that is cut off loses the cell under way; sections may be measured one at a time.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";

export class Results {
  #file;
  #build;
  #cells;

  /** @param build names the build of Everspan under measurement, for each cell added */
  constructor(file, build) {
    this.#file = file;
    this.#build = build;
    this.#cells = existsSync(file) ? linesOf(file).map((line) => JSON.parse(line)) : [];
  }

  /** Forgets what was measured of a section for these subjects, or for all: it is measured anew. */
  forget(section, names) {
    const isKept = (cell) => cell.section !== section || (names !== undefined && !names.includes(cell.subject));
    this.#cells = this.#cells.filter(isKept);
    writeFileSync(this.#file, this.#cells.map((cell) => `${JSON.stringify(cell)}\n`).join(""));
  }

  has(cell) {
    const key = keyOf(cell);
    return this.#cells.some((each) => keyOf(each) === key);
  }

  /** A cell that names its Node was measured with that one. */
  add(cell) {
    const about = { at: new Date().toISOString(), node: process.version, build: this.#build, load: loadavg()[0] };
    const whole = { ...about, ...cell };
    this.#cells.push(whole);
    appendFileSync(this.#file, `${JSON.stringify(whole)}\n`);
  }

  of(section) {
    return this.#cells.filter((cell) => cell.section === section);
  }

  /** Of one subject in a section, in the order of measurement. */
  rounds(section, subject) {
    return this.of(section).filter((cell) => cell.subject === subject);
  }
}

function keyOf({ section, subject, variant = "", round = 1 }) {
  return JSON.stringify([section, subject, variant, round]);
}

function linesOf(file) {
  return readFileSync(file, "utf8").split("\n").filter(Boolean);
}
