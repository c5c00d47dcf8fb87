/**
 * Of a span with long texts only their beginnings are loaded, until more is asked for: by who reads on, copies, or opens
 * a text. What shows or copies them asks here how long they are, and for the whole.
 */
import { createContext, useContext } from "react";

export interface WholeSpan {
  /** Some texts of what is shown are only their beginnings. */
  readonly isCut: boolean;
  readonly isLoading: boolean;
  /** Why the whole could not be loaded, in words. */
  readonly failure: string | undefined;
  /** Loads the whole, which then takes the beginnings' place. */
  readonly load: () => void;
  /** How long the whole of a text is that is shown. */
  readonly lengthOf: (text: string) => number;
}

const IS_WHOLE: WholeSpan = {
  isCut: false,
  isLoading: false,
  failure: undefined,
  load: () => {},
  lengthOf: (text) => text.length,
};

export const WholeSpanContext = createContext<WholeSpan>(IS_WHOLE);

export function useWholeSpan(): WholeSpan {
  return useContext(WholeSpanContext);
}
