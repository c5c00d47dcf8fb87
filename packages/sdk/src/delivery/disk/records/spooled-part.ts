import { type SpoolBlob, SpoolText } from "../../../spool/index.ts";

let lastSerial = 0;

/** A part of a payload that is a blob of its own. */
export class SpooledPart implements SpoolBlob {
  readonly byteLength: number;
  readonly blobs: readonly SpooledPart[];
  /** Names the part among all parts, for as long as the process lives. */
  readonly serial: number;
  readonly #again: () => string;
  #text: string | undefined;

  /** @param text what `again` answers, when it is made already: it is kept until it was asked for once */
  constructor(byteLength: number, blobs: readonly SpooledPart[], again: () => string, text?: string) {
    lastSerial += 1;
    this.serial = lastSerial;
    this.byteLength = byteLength;
    this.blobs = blobs;
    this.#again = again;
    this.#text = text;
  }

  readonly bytes = (): SpoolText => {
    const text = this.#text ?? this.#again();
    this.#text = undefined;
    return new SpoolText(text);
  };
}

/** One string for texts that name the same parts by the same words. */
export function contentKey(text: string, names: readonly SpooledPart[]): string {
  return names.length === 0 ? text : `${text}\n${names.map(({ serial }) => serial).join()}`;
}
