import type { KeyboardEvent, ReactNode, RefObject } from "react";
import { CloseIcon, SearchIcon } from "../marks/icons.tsx";

interface SearchFieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly label: string;
  readonly inputRef: RefObject<HTMLInputElement | null>;
  readonly onKeyDown?: (event: KeyboardEvent<HTMLInputElement>) => void;
  /** Stands right of the text: a count, buttons. */
  readonly children?: ReactNode;
}

/** A search box that `/` focuses (the page sees to that), and that Escape empties first and leaves then. */
export function SearchField({ value, onChange, label, inputRef, onKeyDown, children }: SearchFieldProps) {
  const keyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      if (value === "") event.currentTarget.blur();
      else onChange("");
    }
    onKeyDown?.(event);
  };
  return (
    <div className="search-field">
      <SearchIcon />
      <input
        ref={inputRef}
        type="text"
        value={value}
        placeholder={label}
        aria-label={label}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={keyDown}
      />
      {children}
      {value === "" ? (
        <kbd title="Press / to search">/</kbd>
      ) : (
        <button type="button" className="button ghost small" onClick={() => onChange("")} aria-label="Clear the search">
          <CloseIcon />
        </button>
      )}
    </div>
  );
}
