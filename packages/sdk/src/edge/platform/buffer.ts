/** In the place of the global `Buffer`: as much of it as the lean build uses, over plain bytes. */

const encoder = new TextEncoder();

class Bytes extends Uint8Array {
  override toString(encoding?: string): string {
    if (encoding === "base64") return btoa(String.fromCharCode(...this));
    return new TextDecoder().decode(this);
  }

  /** @returns how many bytes were written */
  write(text: string, offset: number): number {
    return encoder.encodeInto(text, this.subarray(offset)).written;
  }
}

const shim = {
  from(source: string | Uint8Array, encoding?: string): Bytes {
    if (typeof source !== "string") return new Bytes(source);
    if (encoding === "base64") return Bytes.from(decodedBase64(source), (char) => char.charCodeAt(0)) as Bytes;
    return new Bytes(encoder.encode(source));
  },
  concat(pieces: readonly Uint8Array[]): Bytes {
    const bytes = new Bytes(pieces.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  },
  byteLength: (text: string) => encoder.encode(text).length,
  isBuffer: (value: unknown) => value instanceof Bytes,
  allocUnsafeSlow: (length: number) => new Bytes(length),
};

/** As Node.js reads it: what is no base64 gives nothing. */
function decodedBase64(text: string): string {
  try {
    return atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return "";
  }
}

export const Buffer = (globalThis as { Buffer?: typeof shim }).Buffer ?? shim;
