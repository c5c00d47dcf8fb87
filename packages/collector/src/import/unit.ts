/** A file in pieces that are read one by one. */
export interface Unit {
  /** JSON text, or an OTLP request in protobuf's form. */
  readonly bytes: Buffer;
  /** The line where it begins, from 1; of protobuf the number of the message. */
  readonly line: number;
  /** Its place in the file, from 0. */
  readonly number: number;
  /** It is an element of the list that has this name in an envelope. */
  readonly under?: string;
  /** It is an envelope whose elements came before it, one by one: its list is empty here. */
  readonly isEmptied?: boolean;
}

/** The whole import of a file fails; what was written until then stays. */
export class ImportError extends Error {
  /** @param line where, from 1; undefined when it is no matter of a line */
  constructor(line: number | undefined, reason: string) {
    super(line === undefined ? reason : `line ${line}: ${reason}`);
    this.name = "ImportError";
  }
}
