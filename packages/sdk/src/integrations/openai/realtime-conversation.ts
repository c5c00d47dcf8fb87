import { memberOf } from "../../recording/following/members.ts";

/** Items that are kept of a session, which may last for an hour. */
const MAX_ITEMS = 1_000;

type Item = Readonly<Record<string, unknown>>;

/** What was said in a session so far, by its items. */
export class RealtimeConversation {
  readonly #items = new Map<unknown, Item>();

  take(event: object): void {
    const { type, item, item_id, content_index, transcript } = event as Item;
    if (type === "conversation.item.deleted") this.#items.delete(item_id);
    else if (type === "conversation.item.input_audio_transcription.completed") {
      this.#say(item_id, content_index, transcript);
    } else if (/^conversation\.item\.(?:created|added|done)$|^response\.output_item\.done$/.test(String(type))) {
      this.#keep(item);
    }
  }

  items(): readonly Item[] {
    return [...this.#items.values()];
  }

  /** Items without their sound. */
  withoutSound(items: unknown): unknown {
    return Array.isArray(items) ? items.map(soundless) : items;
  }

  #keep(item: unknown): void {
    const id = memberOf(item, "id");
    if (id === undefined) return;
    this.#items.set(id, soundless(item));
    if (this.#items.size > MAX_ITEMS) this.#items.delete(this.#items.keys().next().value);
  }

  /** What was heard comes later than the item that it is of. */
  #say(id: unknown, index: unknown, transcript: unknown): void {
    const item = this.#items.get(id);
    if (item === undefined || !Array.isArray(item.content)) return;
    const content = item.content.map((part, at) => (at === index ? { ...part, transcript } : part));
    this.#items.set(id, { ...item, content });
  }
}

function soundless(item: unknown): Item {
  const { content } = item as Item;
  if (!Array.isArray(content)) return item as Item;
  const parts = content.map((part) => {
    const { audio: _, ...rest } = (part ?? {}) as Item;
    return rest;
  });
  return { ...(item as Item), content: parts };
}
