/** The streamed replies of what is no conversation: text completions, images, transcriptions. */
import type { ReplyBuilder } from "../model-call/model-call.ts";

interface Piece {
  readonly choices?: readonly { readonly index?: number; readonly text?: string; readonly finish_reason?: unknown }[];
  readonly usage?: unknown;
}

/** A text completion; each piece is one with the text that is new. */
export class CompletionReply implements ReplyBuilder {
  readonly #choices = new Map<number, { index: number; text: string; finish_reason: unknown }>();
  #head: Piece | undefined;
  #usage: unknown;

  add(piece: Piece): void {
    this.#head ??= piece;
    this.#usage = piece.usage ?? this.#usage;
    for (const { index = 0, text = "", finish_reason } of piece.choices ?? []) {
      const before = this.#choices.get(index);
      const reason = finish_reason ?? before?.finish_reason;
      this.#choices.set(index, { index, text: (before?.text ?? "") + text, finish_reason: reason });
    }
  }

  reply(): unknown {
    return { ...this.#head, choices: [...this.#choices.values()], ...(this.#usage != null && { usage: this.#usage }) };
  }
}

interface Event {
  readonly type?: string;
  readonly delta?: unknown;
}

/** Events of which the last has everything. Of a stream that ends before, the text so far, else what came last. */
export class EventsReply implements ReplyBuilder {
  #last: Event | undefined;
  #text = "";

  add(event: Event): void {
    this.#last = event;
    if (typeof event.delta === "string") this.#text += event.delta;
  }

  reply(): unknown {
    return typeof this.#last?.delta === "string" ? { text: this.#text } : this.#last;
  }
}
