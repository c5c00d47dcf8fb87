import { asRecord, isEmpty, type JsonRecord } from "../json/json-record.ts";
import { StreamFields } from "../messages/stream-fields.ts";

/** The events of a streamed message as the message that they add up to. undefined: they are none. */
export function reduceMessageStream(chunks: readonly unknown[]): unknown {
  if (!chunks.some((chunk) => isEvent(chunk, "message_start") || isEvent(chunk, "content_block_delta")))
    return undefined;
  const reply = new StreamFields();
  const blocks = new Map<unknown, BlockInPieces>();
  const others: unknown[] = [];
  const usage = Object.create(null) as Record<string, unknown>;
  for (const chunk of chunks) {
    if (isEvent(chunk, "message_start")) {
      const { usage: counts, content, ...message } = asRecord(chunk.message) ?? {};
      reply.add(message);
      Object.assign(usage, withoutEmpty(asRecord(counts)));
      if (!isEmpty(content)) others.push({ content });
    } else if (isEvent(chunk, "content_block_start")) {
      blockAt(blocks, chunk.index).start(asRecord(chunk.content_block) ?? {});
    } else if (isEvent(chunk, "content_block_delta")) blockAt(blocks, chunk.index).add(asRecord(chunk.delta) ?? {});
    else if (isEvent(chunk, "message_delta")) {
      reply.add(asRecord(chunk.delta) ?? {});
      // The counts of a delta are totals so far, not additions.
      Object.assign(usage, withoutEmpty(asRecord(chunk.usage)));
    } else if (!isSilent(chunk)) others.push(chunk);
  }
  return {
    type: "message",
    role: "assistant",
    ...reply.whole(),
    content: [...blocks.values()].map((block) => block.whole()),
    ...(isEmpty(usage) ? {} : { usage }),
    ...(others.length === 0 ? {} : { otherChunks: others }),
  };
}

const HOLDERS: Readonly<Record<string, readonly string[]>> = {
  message_start: ["message"],
  content_block_start: ["content_block"],
  content_block_delta: ["delta"],
  message_delta: ["delta", "usage"],
};

/** An event of this type, and nothing beside what it holds. */
function isEvent(chunk: unknown, type: string): chunk is JsonRecord {
  const event = asRecord(chunk);
  if (event === undefined || event.type !== type) return false;
  const holders = HOLDERS[type]!;
  return Object.entries(event).every(
    ([key, value]) =>
      key === "type" || key === "index" || (holders.includes(key) && (isEmpty(value) || asRecord(value) !== undefined)),
  );
}

function isSilent(chunk: unknown): boolean {
  const event = asRecord(chunk);
  const silent = ["ping", "content_block_stop", "message_stop"];
  return silent.includes(String(event?.type)) && Object.keys(event!).every((key) => key === "type" || key === "index");
}

function withoutEmpty(record: JsonRecord | undefined): JsonRecord {
  return Object.fromEntries(Object.entries(record ?? {}).filter(([, value]) => !isEmpty(value)));
}

function blockAt(blocks: Map<unknown, BlockInPieces>, index: unknown): BlockInPieces {
  const block = blocks.get(index) ?? new BlockInPieces();
  blocks.set(index, block);
  return block;
}

/** A content block while its pieces come in. Pieces are kept in lists and joined once: the time stays linear. */
class BlockInPieces {
  readonly #fields = new StreamFields();
  readonly #pieces = new Map<string, string[]>();
  readonly #citations: unknown[] = [];

  start(block: JsonRecord): void {
    for (const [key, value] of Object.entries(block)) {
      if (typeof value === "string" && key !== "type" && key !== "id" && key !== "name")
        this.#piecesOf(key).push(value);
      else this.#fields.add({ [key]: value });
    }
  }

  add(delta: JsonRecord): void {
    for (const [key, value] of Object.entries(delta)) {
      if (key === "type" && typeof value === "string") continue;
      if (key === "citation") this.#citations.push(value);
      else if (typeof value === "string") this.#piecesOf(key).push(value);
      else this.#fields.add({ [key]: value });
    }
  }

  #piecesOf(key: string): string[] {
    const pieces = this.#pieces.get(key) ?? [];
    this.#pieces.set(key, pieces);
    return pieces;
  }

  whole(): JsonRecord {
    const block: Record<string, unknown> = { type: "text", ...this.#fields.whole() };
    for (const [key, pieces] of this.#pieces) {
      const joined = pieces.join("");
      if (joined !== "") block[key === "partial_json" ? "input" : key] = joined;
    }
    if (this.#citations.length > 0) block.citations = this.#citations;
    return block;
  }
}
