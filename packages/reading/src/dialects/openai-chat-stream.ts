import { defined } from "../json/fields.ts";
import { asRecord, isEmpty, type JsonRecord } from "../json/json-record.ts";
import { StreamFields } from "../messages/stream-fields.ts";

/** The chunks of a streamed chat completion as the completion that they add up to. undefined: they are none. */
export function reduceChatStream(chunks: readonly unknown[]): unknown {
  const records = chunks.map(asRecord).filter((chunk) => chunk !== undefined && isChunk(chunk)) as JsonRecord[];
  if (records.length === 0 || !records.some((chunk) => !isEmpty(chunk.choices))) return undefined;
  const choices = new Map<unknown, ChoiceInPieces>();
  const fields = new StreamFields();
  for (const record of records) {
    fields.add(record, "choices");
    for (const choice of record.choices as readonly JsonRecord[]) {
      const whole = choices.get(choice.index ?? 0) ?? new ChoiceInPieces();
      choices.set(choice.index ?? 0, whole);
      whole.add(choice);
    }
  }
  const others = chunks.filter((chunk) => !isChunk(asRecord(chunk) ?? {}));
  const reply = { ...fields.whole(), choices: [...choices.values()].map((choice) => choice.whole()) };
  return others.length === 0 ? reply : { ...reply, otherChunks: others };
}

/** A chunk, and nothing in it that joining would lose. */
function isChunk(chunk: JsonRecord): boolean {
  return Array.isArray(chunk.choices) && chunk.choices.every((choice) => isPiece(asRecord(choice)));
}

function isPiece(choice: JsonRecord | undefined): boolean {
  const delta = asRecord(choice?.delta);
  if (delta === undefined) return false;
  const calls = delta.tool_calls ?? [];
  return Array.isArray(calls) && calls.every(isCallPiece);
}

function isCallPiece(call: unknown): boolean {
  const record = asRecord(call);
  if (record === undefined) return false;
  const called = record.function ?? {};
  const target = asRecord(called);
  return target !== undefined && typeof (target.arguments ?? "") === "string";
}

/** One choice while its pieces come in. Pieces are kept in lists and joined once: the time stays linear. */
class ChoiceInPieces {
  readonly #texts = new Map<string, string[]>();
  readonly #values = new StreamFields();
  readonly #choice = new StreamFields();
  readonly #calls = new Map<unknown, CallInPieces>();

  add(choice: JsonRecord): void {
    const { delta, ...others } = choice;
    this.#choice.add(others);
    for (const [key, value] of Object.entries(asRecord(delta)!)) {
      if (key === "tool_calls") for (const call of (value ?? []) as readonly JsonRecord[]) this.#addCall(call);
      else if (typeof value === "string" && key !== "role") this.#piecesOf(key).push(value);
      else this.#values.add({ [key]: value });
    }
  }

  #piecesOf(key: string): string[] {
    const pieces = this.#texts.get(key) ?? [];
    this.#texts.set(key, pieces);
    return pieces;
  }

  #addCall(piece: JsonRecord): void {
    const place = piece.index ?? piece.id ?? 0;
    const call = this.#calls.get(place) ?? new CallInPieces();
    this.#calls.set(place, call);
    call.add(piece);
  }

  whole(): JsonRecord {
    const message: Record<string, unknown> = { role: "assistant", ...this.#values.whole() };
    for (const [key, pieces] of this.#texts) if (pieces.some((piece) => piece !== "")) message[key] = pieces.join("");
    if (this.#calls.size > 0) message.tool_calls = [...this.#calls.values()].map((call) => call.whole());
    return { ...this.#choice.whole(), message };
  }
}

class CallInPieces {
  readonly #pieces: string[] = [];
  readonly #fields = new StreamFields();
  readonly #called = new StreamFields();

  add(piece: JsonRecord): void {
    const { function: called, index, ...others } = piece;
    const fields = typeof index === "number" ? others : { ...others, ...defined({ index }) };
    const { arguments: given, ...target } = asRecord(called) ?? {};
    this.#fields.add(fields);
    this.#called.add(target);
    if (typeof given === "string") this.#pieces.push(given);
  }

  whole(): JsonRecord {
    return { ...this.#fields.whole(), function: { ...this.#called.whole(), arguments: this.#pieces.join("") } };
  }
}
