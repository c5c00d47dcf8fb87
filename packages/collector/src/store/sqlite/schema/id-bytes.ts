/**
 * Ids as bytes: a UUID and hex digits, which are what ids almost always are, take half their characters. The first byte
 * says how the rest is read, so that every text has exactly one form and comes back as it was.
 */

const TEXT = 0;
const UUID = 1;
const HEX = 2;

const UUID_CHARACTERS = 36;
const UUID_BYTES = 16;
const HYPHEN = 0x2d;

/** By the character's code: the value of a lowercase hex digit, less than 0 for any other. */
const DIGITS = new Int8Array(128).fill(-1);
for (let value = 0; value < 16; value++) DIGITS[value.toString(16).charCodeAt(0)] = value;

const MIN_HEX_CHARACTERS = 8;
const MAX_HEX_CHARACTERS = 64;

export function idToBytes(id: string): Buffer {
  const uuid = id.length === UUID_CHARACTERS ? uuidBytes(id) : undefined;
  if (uuid !== undefined) return uuid;
  const hex = hexBytes(id);
  if (hex !== undefined) return hex;
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

/** Digit by digit: each span that is written has at least one. Undefined when it is no UUID in lowercase. */
function uuidBytes(id: string): Buffer | undefined {
  const bytes = Buffer.allocUnsafe(1 + UUID_BYTES);
  bytes[0] = UUID;
  let at = 1;
  let all = 0;
  for (let index = 0; index < UUID_CHARACTERS; index += 2) {
    if (index === 8 || index === 13 || index === 18 || index === 23) {
      if (id.charCodeAt(index) !== HYPHEN) return undefined;
      index += 1;
    }
    const byte = (digitOf(id.charCodeAt(index)) << 4) | digitOf(id.charCodeAt(index + 1));
    all |= byte;
    bytes[at++] = byte;
  }
  return all < 0 ? undefined : bytes;
}

/** Undefined when it is not of whole bytes in lowercase, or of too few or too many. */
function hexBytes(id: string): Buffer | undefined {
  const { length } = id;
  if (length < MIN_HEX_CHARACTERS || length > MAX_HEX_CHARACTERS || length % 2 !== 0) return undefined;
  const bytes = Buffer.allocUnsafe(1 + length / 2);
  bytes[0] = HEX;
  let all = 0;
  for (let index = 0; index < length; index += 2) {
    const byte = (digitOf(id.charCodeAt(index)) << 4) | digitOf(id.charCodeAt(index + 1));
    all |= byte;
    bytes[1 + index / 2] = byte;
  }
  return all < 0 ? undefined : bytes;
}

function digitOf(character: number): number {
  return character < DIGITS.length ? DIGITS[character]! : -1;
}

function padded(kind: number, digits: string, fill: string): Buffer {
  return withKind(kind, Buffer.from(digits.length % 2 === 0 ? digits : digits + fill, "hex"));
}

function withKind(kind: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(kind), bytes]);
}
