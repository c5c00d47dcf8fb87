/** The filter: one line of grammar with completion. ↓ goes into the offers, or, without any, into the list. */
import { type ChangeEvent, type KeyboardEvent, type RefObject, useId, useState } from "react";
import { type Completion, completions, type KnownValues } from "../../model/runs/filter-completion.ts";
import { CloseIcon, SearchIcon } from "../marks/icons.tsx";
import styles from "./filter-field.module.css";

interface FilterFieldProps {
  readonly value: string;
  readonly known: KnownValues;
  readonly inputRef: RefObject<HTMLInputElement | null>;
  readonly onChange: (value: string) => void;
  /** Into the list. */
  readonly onLeave: () => void;
}

export function FilterField(props: FilterFieldProps) {
  const { value, inputRef, onChange } = props;
  const listId = useId();
  const { offers, chosen, take, input } = useCompletion(props);
  return (
    <div className={`search-field ${styles.field}`}>
      <SearchIcon />
      <input
        {...input}
        ref={inputRef}
        type="text"
        role="combobox"
        value={value}
        placeholder="Filter: words, status:error, model:…, cost:>0.5"
        aria-label="Filter the runs"
        aria-expanded={offers.length > 0}
        aria-controls={listId}
        aria-activedescendant={chosen >= 0 ? `${listId}-${chosen}` : undefined}
        aria-autocomplete="list"
        autoComplete="off"
        spellCheck={false}
      />
      {value === "" ? (
        <kbd title="Press / to filter">/</kbd>
      ) : (
        <button type="button" className="button ghost small" onClick={() => onChange("")} aria-label="Clear the filter">
          <CloseIcon />
        </button>
      )}
      <div id={listId} role="listbox" aria-label="Completions" className={styles.offers} hidden={offers.length === 0}>
        {offers.map((offer, index) => (
          <OfferRow
            key={offer.text}
            id={`${listId}-${index}`}
            offer={offer}
            isChosen={index === chosen}
            onTake={take}
          />
        ))}
      </div>
    </div>
  );
}

/** What is offered where the caret is, and what the field's events do about it. */
function useCompletion({ value, known, inputRef, onChange, onLeave }: FilterFieldProps) {
  const [caret, setCaret] = useState<number | null>(null);
  const [chosen, setChosen] = useState(-1);
  const offers = caret === null ? [] : completions(value, caret, known);
  const take = (offer: Completion) => {
    onChange(offer.filter);
    setChosen(-1);
    setCaret(offer.caret);
    requestAnimationFrame(() => inputRef.current?.setSelectionRange(offer.caret, offer.caret));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const act = filterKey(event.key, { offers, chosen, value });
    if (act === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (act.kind === "choose") setChosen(act.index);
    else if (act.kind === "take") take(act.offer);
    else if (act.kind === "clear") onChange("");
    else if (act.kind === "leave") onLeave();
    else inputRef.current?.blur();
  };
  const input = {
    onKeyDown,
    onBlur: () => setCaret(null),
    onChange: (event: ChangeEvent<HTMLInputElement>) => {
      onChange(event.target.value);
      setCaret(event.target.selectionStart);
      setChosen(-1);
    },
  };
  return { offers, chosen, take, input };
}

type FilterAct =
  | { readonly kind: "choose"; readonly index: number }
  | { readonly kind: "take"; readonly offer: Completion }
  | { readonly kind: "clear" | "leave" | "blur" };

interface FilterState {
  readonly offers: readonly Completion[];
  readonly chosen: number;
  readonly value: string;
}

function filterKey(key: string, { offers, chosen, value }: FilterState): FilterAct | undefined {
  const offer = offers[chosen] ?? (key === "Tab" ? offers[0] : undefined);
  switch (key) {
    case "ArrowDown":
      return offers.length > 0 ? { kind: "choose", index: (chosen + 1) % offers.length } : { kind: "leave" };
    case "ArrowUp":
      return offers.length > 0 ? { kind: "choose", index: Math.max(-1, chosen - 1) } : undefined;
    case "Enter":
      return offer === undefined ? { kind: "leave" } : { kind: "take", offer };
    case "Tab":
      return offer === undefined ? undefined : { kind: "take", offer };
    case "Escape":
      return value === "" ? { kind: "blur" } : { kind: "clear" };
    default:
      return undefined;
  }
}

interface OfferRowProps {
  readonly id: string;
  readonly offer: Completion;
  readonly isChosen: boolean;
  readonly onTake: (offer: Completion) => void;
}

function OfferRow({ id, offer, isChosen, onTake }: OfferRowProps) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus, this is its active descendant
    <div
      id={id}
      role="option"
      aria-selected={isChosen}
      className={styles.offer}
      onPointerDown={(event) => {
        event.preventDefault();
        onTake(offer);
      }}
    >
      <bdi className="mono">{offer.text}</bdi>
      <span className="muted">{offer.says}</span>
    </div>
  );
}
