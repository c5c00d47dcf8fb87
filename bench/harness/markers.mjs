/**
 * Marks that are found again in any encoding: plain ASCII, so JSON, protobuf and msgpack carry them as they are. One in
 * a span's output: it has arrived when its end has. One at the end of its input: it has arrived uncut.
 */
const OUTPUT_MARK = "<out:";
const INPUT_MARK = "<in:";
const DIGITS = 8;

export function outputMark(number) {
  return `${OUTPUT_MARK}${String(number).padStart(DIGITS, "0")}>`;
}

export function inputMark(number) {
  return `${INPUT_MARK}${String(number).padStart(DIGITS, "0")}>`;
}

/** Which marks came, and how often. */
export class MarkCounts {
  #ended = new Map();
  #whole = new Set();

  /** @returns how many spans were new */
  add(bytes) {
    const before = this.#ended.size;
    for (const number of numbersIn(bytes, OUTPUT_MARK)) this.#ended.set(number, (this.#ended.get(number) ?? 0) + 1);
    for (const number of numbersIn(bytes, INPUT_MARK)) this.#whole.add(number);
    return this.#ended.size - before;
  }

  get arrived() {
    return this.#ended.size;
  }

  /** Arrivals beyond the first of a span. */
  get repeated() {
    let repeated = 0;
    for (const times of this.#ended.values()) repeated += times - 1;
    return repeated;
  }

  /** Arrived, but never with the whole input. */
  get cut() {
    let cut = 0;
    for (const number of this.#ended.keys()) if (!this.#whole.has(number)) cut += 1;
    return cut;
  }
}

function* numbersIn(bytes, mark) {
  for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, at + mark.length)) {
    const start = at + mark.length;
    const number = Number(bytes.latin1Slice(start, start + DIGITS));
    if (Number.isInteger(number)) yield number;
  }
}
