/** Bytes of a text as UTF-8, without encoding it. A lone surrogate counts as U+FFFD, as `TextEncoder` writes it. */
export function utf8ByteLength(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (!isHighSurrogate(unit) || !isLowSurrogate(text.charCodeAt(i + 1))) bytes += 2;
    else {
      bytes += 2;
      i += 1;
    }
  }
  return bytes;
}

/** True when the text holds a surrogate without its other half: such a text has no UTF-8 form. */
export function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
