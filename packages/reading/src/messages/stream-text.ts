/**
 * The chunks of a stream that was recorded as text: server-sent events (`data: {…}`) or a JSON value on each line.
 * undefined when the text is neither.
 */
export function streamChunks(text: string): readonly unknown[] | undefined {
  const isEvents = /^\s*(?:event:|data:|id:|:)/.test(text);
  if (!isEvents && !/^\s*\{/.test(text)) return undefined;
  const chunks: unknown[] = [];
  for (const line of text.split("\n")) {
    const payload = isEvents ? dataOf(line) : line.trim();
    if (payload === undefined || payload === "" || payload === "[DONE]") continue;
    try {
      chunks.push(JSON.parse(payload));
    } catch {
      if (!isEvents || chunks.length === 0) return undefined;
      chunks.push(payload);
    }
  }
  return chunks.length === 0 ? undefined : chunks;
}

function dataOf(line: string): string | undefined {
  return line.startsWith("data:") ? line.slice("data:".length).trim() : undefined;
}
