/** A piece of code, and what it was said to be. */
export interface CodeText {
  /** As it was written beside the code; one that is not known has no colours. */
  readonly language: string;
  readonly text: string;
}
