/** Divides a text at line breaks into blocks that a browser lays out one by one. */

const CHUNK_LENGTH = 8 * 1024;

export interface TextChunk {
  readonly start: number;
  /** Without the line break that ends it: each chunk is a block of its own. */
  readonly text: string;
}

export function textChunks(text: string): readonly TextChunk[] {
  const chunks: TextChunk[] = [];
  for (let start = 0; start < text.length; ) {
    const end = chunkEnd(text, start);
    const hasBreak = text[end - 1] === "\n" && end < text.length;
    chunks.push({ start, text: text.slice(start, hasBreak ? end - 1 : end) });
    start = end;
  }
  return chunks;
}

function chunkEnd(text: string, start: number): number {
  const limit = start + CHUNK_LENGTH;
  if (limit >= text.length) return text.length;
  const lineBreak = text.lastIndexOf("\n", limit);
  if (lineBreak > start) return lineBreak + 1;
  const isSurrogatePair = (text.charCodeAt(limit - 1) & 0xfc00) === 0xd800;
  return isSurrogatePair ? limit - 1 : limit;
}
