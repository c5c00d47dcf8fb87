/** What may stand where the filter's caret is: keys while a word begins, values once its key stands. */
import { FILTER_INFO, type FilterKey, filterKeyOf, quoted } from "./run-filter.ts";

export interface Completion {
  /** What is offered, e.g. `status:error`. */
  readonly text: string;
  readonly says: string;
  /** The whole filter and caret once it is taken. */
  readonly filter: string;
  readonly caret: number;
}

/** Values that are known for a key, e.g. from the runs that were loaded; most frequent first. */
export type KnownValues = (key: FilterKey) => readonly string[];

const MAX_OFFERED = 8;

export function completions(filter: string, caret: number, known: KnownValues): readonly Completion[] {
  const start = wordStart(filter, caret);
  const word = filter.slice(start, caret);
  const take = (text: string, isWhole: boolean): Pick<Completion, "filter" | "caret"> => {
    const taken = isWhole ? `${text} ` : text;
    return { filter: filter.slice(0, start) + taken + filter.slice(caret).trimStart(), caret: start + taken.length };
  };
  const colon = word.indexOf(":");
  const key = colon > 0 ? filterKeyOf(word.slice(0, colon)) : undefined;
  if (key !== undefined) {
    const begun = word
      .slice(colon + 1)
      .replaceAll('"', "")
      .toLowerCase();
    const values = FILTER_INFO[key].values ?? known(key);
    return values
      .filter((value) => value.toLowerCase().startsWith(begun) && value.toLowerCase() !== begun)
      .slice(0, MAX_OFFERED)
      .map((value) => ({ text: `${key}:${value}`, says: "", ...take(`${key}:${quoted(value)}`, true) }));
  }
  if (word === "") return [];
  return (Object.keys(FILTER_INFO) as FilterKey[])
    .filter((name) => name.toLowerCase().startsWith(word.toLowerCase()))
    .slice(0, MAX_OFFERED)
    .map((name) => ({ text: `${name}:`, says: FILTER_INFO[name].says, ...take(`${name}:`, false) }));
}

/** Of the word that the caret stands in; quotes hold words together. */
function wordStart(filter: string, caret: number): number {
  let start = 0;
  let isQuoted = false;
  for (let i = 0; i < caret; i++) {
    if (filter[i] === '"') isQuoted = !isQuoted;
    else if (!isQuoted && /\s/.test(filter[i]!)) start = i + 1;
  }
  return start;
}
