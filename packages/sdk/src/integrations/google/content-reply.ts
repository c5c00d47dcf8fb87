import type { ReplyBuilder } from "../model-call/model-call.ts";

interface Part {
  text?: string;
  thought?: boolean;
}

interface ContentChunk {
  readonly candidates?: readonly {
    readonly index?: number;
    readonly content?: { readonly role?: string; readonly parts?: readonly Part[] };
  }[];
}

/** Each chunk is a response of its own; its parts go on where those of the one before ended. */
export class ContentReply implements ReplyBuilder {
  #last: object | undefined;
  readonly #candidates = new Map<number, { fields: object; role: string; parts: Part[] }>();

  add(chunk: ContentChunk): void {
    this.#last = { ...this.#last, ...chunk };
    for (const { index = 0, content, ...fields } of chunk.candidates ?? []) {
      const known = this.#candidates.get(index) ?? { fields: {}, role: content?.role ?? "model", parts: [] };
      this.#candidates.set(index, known);
      Object.assign(known.fields, fields);
      for (const part of content?.parts ?? []) addPart(known.parts, part);
    }
  }

  reply(): unknown {
    if (this.#last === undefined) return undefined;
    const candidates = [...this.#candidates].map(([index, { fields, role, parts }]) => ({
      ...fields,
      index,
      content: { role, parts },
    }));
    return { ...this.#last, candidates };
  }
}

function addPart(parts: Part[], part: Part): void {
  const last = parts.at(-1);
  const goesOn = typeof part.text === "string" && typeof last?.text === "string" && last.thought === part.thought;
  if (goesOn) last.text = `${last.text}${part.text}`;
  else parts.push({ ...part });
}
