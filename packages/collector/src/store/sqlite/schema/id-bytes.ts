/**
 * Ids as bytes: a UUID and hex digits, which are what ids almost always are, take half their characters. The first byte
 * says how the rest is read, so that every text has exactly one form and comes back as it was.
 */

const TEXT = 0;
const UUID = 1;
const HEX = 2;

const UUID_CHARACTERS = 36;
const UUID_BYTES = 16;
const [HYPHEN, ZERO, LOWER_A] = [0x2d, 0x30, 0x61];

const UUID_TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const HEX_TEXT = /^(?:[0-9a-f]{2}){4,32}$/;

export function idToBytes(id: string): Buffer {
  if (id.length === UUID_CHARACTERS && UUID_TEXT.test(id)) return uuidBytes(id);
  if (HEX_TEXT.test(id)) return withKind(HEX, Buffer.from(id, "hex"));
  return withKind(TEXT, Buffer.from(id, "utf8"));
}

export function bytesToId(bytes: Uint8Array): string {
  const rest = Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.byteLength - 1);
  if (bytes[0] === TEXT) return rest.toString("utf8");
  const digits = rest.toString("hex");
  if (bytes[0] === HEX) return digits;
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
}

/** Ranges of bytes, both ends within, that hold every id which begins with this text. */
export function rangesOfPrefix(prefix: string): readonly (readonly [from: Buffer, to: Buffer])[] {
  const text = withKind(TEXT, Buffer.from(prefix, "utf8"));
  const ranges: [Buffer, Buffer][] = [[text, Buffer.concat([text, Buffer.alloc(4, 0xff)])]];
  const digits = prefix.toLowerCase().replaceAll("-", "");
  if (prefix === "" || !/^[0-9a-f]{1,64}$/.test(digits)) return ranges;
  for (const kind of prefix.includes("-") ? [UUID] : [UUID, HEX]) {
    ranges.push([padded(kind, digits, "0"), Buffer.concat([padded(kind, digits, "f"), Buffer.alloc(32, 0xff)])]);
  }
  return ranges;
}

/** Digit by digit: each span that is written has at least one. */
function uuidBytes(id: string): Buffer {
  const bytes = Buffer.allocUnsafe(1 + UUID_BYTES);
  bytes[0] = UUID;
  let at = 1;
  for (let index = 0; index < UUID_CHARACTERS; index += 2) {
    if (id.charCodeAt(index) === HYPHEN) index += 1;
    bytes[at++] = digitOf(id.charCodeAt(index)) * 16 + digitOf(id.charCodeAt(index + 1));
  }
  return bytes;
}

/** Of a lowercase hex digit. */
function digitOf(character: number): number {
  return character < LOWER_A ? character - ZERO : character - LOWER_A + 10;
}

function padded(kind: number, digits: string, fill: string): Buffer {
  return withKind(kind, Buffer.from(digits.length % 2 === 0 ? digits : digits + fill, "hex"));
}

function withKind(kind: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(kind), bytes]);
}
