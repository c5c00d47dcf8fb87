/** Finds addresses in text that may become links: `http` and `https` only, ASCII only, never guessed. */

export interface LinkPiece {
  readonly text: string;
  readonly href?: string;
}

const ADDRESS = /\bhttps?:\/\/[\w.~:/?#@!$&*+,;=%[\]-]+/gi;
/** Punctuation that ends a sentence rather than an address. */
const TRAILING = /(?<![.,:;!?\]])[.,:;!?\]]+$/;
const MAX_ADDRESS_LENGTH = 2000;

export function linkPieces(text: string): readonly LinkPiece[] {
  const pieces: LinkPiece[] = [];
  let at = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(TRAILING, "");
    if (address.length > MAX_ADDRESS_LENGTH || !isWebAddress(address)) continue;
    if (match.index > at) pieces.push({ text: text.slice(at, match.index) });
    pieces.push({ text: address, href: address });
    at = match.index + address.length;
  }
  if (at < text.length || pieces.length === 0) pieces.push({ text: text.slice(at) });
  return pieces;
}

function isWebAddress(address: string): boolean {
  try {
    const { protocol, hostname } = new URL(address);
    return (protocol === "http:" || protocol === "https:") && hostname !== "";
  } catch {
    return false;
  }
}
