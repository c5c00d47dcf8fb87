/** W3C Baggage: https://www.w3.org/TR/baggage/. Bounded as the standard's own minimum is. */

export interface BaggageEntry {
  readonly value: string;
  /** The entry's properties as they came (`ttl=5;private`); absent when it has none. */
  readonly metadata?: string;
}

export type Baggage = Readonly<Record<string, BaggageEntry>>;

const MAX_ENTRIES = 64;
const MAX_CHARACTERS = 8_192;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const METADATA = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e=; \t]*$/;

/** Entries that can't be read are left out; a header beyond the bounds is cut. Undefined when nothing is left. */
export function readBaggage(header: string | undefined): Baggage | undefined {
  if (header === undefined || header.length > MAX_CHARACTERS) return undefined;
  const baggage = Object.create(null) as Record<string, BaggageEntry>;
  let count = 0;
  for (const member of header.split(",")) {
    const entry = readMember(member);
    if (entry === undefined || count === MAX_ENTRIES) continue;
    if (!(entry.key in baggage)) count += 1;
    baggage[entry.key] = entry.value;
  }
  return count === 0 ? undefined : baggage;
}

function readMember(member: string): { key: string; value: BaggageEntry } | undefined {
  const [pair = "", ...properties] = member.split(";");
  const at = pair.indexOf("=");
  const key = pair.slice(0, at).trim();
  if (at < 1 || !TOKEN.test(key)) return undefined;
  const metadata = properties.map((property) => property.trim()).join(";");
  try {
    const value = decodeURIComponent(pair.slice(at + 1).trim());
    return { key, value: metadata === "" || !METADATA.test(metadata) ? { value } : { value, metadata } };
  } catch {
    return undefined;
  }
}

/** The header; undefined when there is nothing to say. What a header can't carry is left out. */
export function writeBaggage(baggage: Baggage | undefined): string | undefined {
  const members: string[] = [];
  let length = 0;
  for (const [key, entry] of Object.entries(baggage ?? {})) {
    const member = TOKEN.test(key) ? memberText(key, entry) : undefined;
    if (member === undefined || members.length === MAX_ENTRIES) continue;
    if (length + member.length + 1 > MAX_CHARACTERS) continue;
    members.push(member);
    length += member.length + 1;
  }
  return members.length === 0 ? undefined : members.join(",");
}

function memberText(key: string, { value, metadata }: BaggageEntry): string | undefined {
  const properties = metadata !== undefined && METADATA.test(metadata) ? `;${metadata}` : "";
  try {
    return `${key}=${encodeURIComponent(value)}${properties}`;
  } catch {
    // A lone surrogate has no percent-encoding.
    return undefined;
  }
}
