import type { StoredSpan } from "@everspan/protocol";
import { useState } from "react";
import { ChevronIcon } from "../marks/icons.tsx";
import { JsonView } from "../text/json-view.tsx";

/** The record itself, drawn when it is asked for. */
export function RawPart({ span, isOpen: isOpenAtFirst }: { readonly span: StoredSpan; readonly isOpen: boolean }) {
  const [isOpen, setOpen] = useState(isOpenAtFirst);
  return (
    <>
      <button type="button" className="earlier" onClick={() => setOpen(!isOpen)} aria-expanded={isOpen}>
        <span className="disclosure" data-open={isOpen}>
          <ChevronIcon />
        </span>
        Raw record
        <span className="muted">JSON as it is stored</span>
      </button>
      {isOpen && <JsonView value={span} />}
    </>
  );
}
