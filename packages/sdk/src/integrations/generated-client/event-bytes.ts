/** More of a line than this is let go of: it is held until its end has come. */
const MAX_LINE_CHARACTERS = 4 * 1024 * 1024;

/**
 * @param taker of the JSON in a stream of server-sent events
 * @returns takes the stream's bytes as they come; never throws
 */
export function eventsIn(taker: { item(event: unknown): void }): (bytes: unknown) => void {
  const decoder = new TextDecoder();
  let rest = "";
  return (bytes) => {
    if (!(bytes instanceof Uint8Array)) return;
    const lines = (rest + decoder.decode(bytes, { stream: true })).split(/\r?\n/);
    rest = lines.pop()!;
    if (rest.length > MAX_LINE_CHARACTERS) rest = "";
    for (const line of lines) {
      if (!line.startsWith("data:")) continue;
      try {
        taker.item(JSON.parse(line.slice(5)));
      } catch {
        // An end mark, or what is no JSON.
      }
    }
  };
}
