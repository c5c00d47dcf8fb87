/** What a head or a blob consists of. */

/** Bytes, or the text that they are in UTF-8: it becomes bytes where it is written, and is copied by nobody before. */
export type SpoolContent = Uint8Array | SpoolText;

export class SpoolText {
  readonly text: string;
  readonly byteLength: number;

  constructor(text: string) {
    this.text = text;
    this.byteLength = Buffer.byteLength(text);
  }
}

/** The content in bytes of its own, where it has none yet. */
export function contentBytes(content: SpoolContent): Uint8Array {
  return content instanceof SpoolText ? Buffer.from(content.text) : content;
}

/** Copies the content. Answers where the next one goes. */
export function putContent(target: Buffer, at: number, content: SpoolContent): number {
  if (content instanceof SpoolText) {
    const { text, byteLength } = content;
    // One byte for each character: plain ASCII, which both encodings write alike, one of them without a look at it.
    target.write(text, at, byteLength === text.length ? "latin1" : "utf8");
  } else {
    target.set(content, at);
  }
  return at + content.byteLength;
}
