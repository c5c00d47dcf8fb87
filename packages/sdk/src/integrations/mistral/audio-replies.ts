import { memberOf } from "../../recording/following/members.ts";
import type { ReplyBuilder } from "../model-call/model-call.ts";

interface AudioEvent {
  readonly data?: {
    readonly type?: string;
    readonly text?: string;
    readonly audioData?: string;
    readonly usage?: unknown;
  };
}

/** A streamed transcription: the last event has everything. */
export class TranscriptionReply implements ReplyBuilder {
  #text = "";
  #whole: unknown;

  add({ data }: AudioEvent): void {
    if (data?.type === "transcription.text.delta") this.#text += data.text ?? "";
    if (data?.type === "transcription.done") this.#whole = data;
  }

  reply(): unknown {
    return this.#whole ?? { text: this.#text };
  }
}

/** Streamed speech; of the sound its length alone is kept. */
export class SpeechReply implements ReplyBuilder {
  #audioBytes = 0;
  #usage: unknown;

  add({ data }: AudioEvent): void {
    this.#audioBytes += bytesOf(data?.audioData);
    this.#usage = data?.usage ?? this.#usage;
  }

  reply(): unknown {
    return { audioBytes: this.#audioBytes, ...(this.#usage != null && { usage: this.#usage }) };
  }
}

/** Speech that came whole, without its sound. */
export function withoutSound(reply: unknown): unknown {
  const audio = memberOf(reply, "audioData");
  return audio === undefined ? undefined : { audioBytes: bytesOf(audio) };
}

/** Of sound in base64. */
function bytesOf(audio: unknown): number {
  return typeof audio === "string" ? Math.floor((audio.replace(/={1,2}$/, "").length * 3) / 4) : 0;
}
