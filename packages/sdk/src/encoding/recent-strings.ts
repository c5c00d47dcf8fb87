/** What was found out about large strings, for those used last: bounded by their characters, since it holds them. */
const MAX_CHARACTERS = 4 * 1024 * 1024;

export class RecentStrings<T> {
  /** Two generations: what is used again moves to the young one, what is not leaves with the old one. */
  #young = new Map<string, T>();
  #old = new Map<string, T>();
  #youngCharacters = 0;

  get(text: string): T | undefined {
    const known = this.#young.get(text);
    if (known !== undefined) return known;
    const old = this.#old.get(text);
    if (old !== undefined) this.set(text, old);
    return old;
  }

  set(text: string, value: T): void {
    if (text.length > MAX_CHARACTERS / 2) return;
    if (this.#youngCharacters + text.length > MAX_CHARACTERS / 2) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngCharacters = 0;
    }
    this.#young.set(text, value);
    this.#youngCharacters += text.length;
  }
}
