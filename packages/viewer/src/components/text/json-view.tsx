/** JSON of any size, foldable: rows are computed by the model and only those in view are drawn. */
import { encodeJson } from "@everspan/protocol";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import {
  DEFAULT_OPENING,
  ITEMS_AT_FIRST,
  type JsonOpening,
  type JsonRow,
  jsonRows,
} from "../../model/json/json-rows.ts";
import { formatBytes, formatExactCount } from "../../model/text/format.ts";
import { singleLine } from "../../model/text/hostile-text.ts";
import { useWidth } from "../../state/browser/use-width.ts";
import { useWholeSpan } from "../../state/run/whole-span.ts";
import { CopyButton } from "../controls/copy-button.tsx";
import { ChevronIcon } from "../marks/icons.tsx";

const ROW_HEIGHT = 20;
const MAX_INLINE_ROWS = 24;
/** Of the monospaced face at this size, in pixels, rounded up. */
const CHARACTER_WIDTH = 7.3;
const MARGIN = 80;

interface JsonViewProps {
  readonly value: unknown;
  /** Takes the height it is given rather than at most some rows. */
  readonly isFullHeight?: boolean;
}

export function JsonView({ value, isFullHeight = false }: JsonViewProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [opening, setOpening] = useState<JsonOpening>(DEFAULT_OPENING);
  const columns = Math.max(20, Math.floor((useWidth(scroller) - MARGIN) / CHARACTER_WIDTH));
  const whole = useWholeSpan();
  const { lengthOf } = whole;
  const rows = useMemo(() => jsonRows(value, opening, columns, lengthOf), [value, opening, columns, lengthOf]);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 10,
    initialRect: { width: 400, height: MAX_INLINE_ROWS * ROW_HEIGHT },
  });
  const toggle = (path: string) => {
    const toggled = new Set(opening.toggled);
    if (!toggled.delete(path)) toggled.add(path);
    setOpening({ ...opening, toggled });
  };
  const openText = (path: string) => {
    toggle(path);
    if (whole.isCut) whole.load();
  };
  const showMore = (path: string) => {
    const shown = (opening.shownItems.get(path) ?? ITEMS_AT_FIRST) * 5;
    setOpening({ ...opening, shownItems: new Map(opening.shownItems).set(path, shown) });
  };
  const inlineHeight = Math.min(rows.length, MAX_INLINE_ROWS) * ROW_HEIGHT + 16;
  return (
    <div className={isFullHeight ? "json-view full" : "json-view"}>
      <div className="json-copy">
        <CopyButton text={() => encodeJson(value, 2)} what="JSON" />
      </div>
      <div
        ref={scroller}
        className="json-scroll"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by key
        tabIndex={0}
        style={isFullHeight ? undefined : { height: inlineHeight }}
      >
        <div className="json-rows" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map((item) => (
            <div key={item.key} className="json-row" style={{ transform: `translateY(${item.start}px)` }}>
              <JsonRowView row={rows[item.index]!} onToggle={toggle} onText={openText} onMore={showMore} />
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

interface JsonRowViewProps {
  readonly row: JsonRow;
  readonly onToggle: (path: string) => void;
  /** Opens and closes a long text. */
  readonly onText: (path: string) => void;
  readonly onMore: (path: string) => void;
}

function JsonRowView({ row, onToggle, onText, onMore }: JsonRowViewProps) {
  const indent = { paddingLeft: `${Math.min(row.depth, 40) * 14}px` };
  if (row.kind === "text") {
    return (
      <div className="json-line json-string" style={indent}>
        {row.text}
      </div>
    );
  }
  if (row.kind === "more") {
    return (
      <div className="json-line" style={indent}>
        <button type="button" className="show-more" onClick={() => onMore(row.path)}>
          {formatExactCount(row.hiddenCount)} more
        </button>
      </div>
    );
  }
  const label = row.label === null ? null : <span className="json-key">{singleLine(row.label, 120)}</span>;
  if (row.kind === "container") {
    return (
      <div className="json-line" style={indent}>
        <button type="button" className="json-toggle" onClick={() => onToggle(row.path)} aria-expanded={row.isOpen}>
          <span className="disclosure" data-open={row.isOpen}>
            {row.size > 0 && <ChevronIcon />}
          </span>
          {label}
          <span className="json-brackets">{row.isArray ? "[ ]" : "{ }"}</span>
          <span className="json-size">{formatExactCount(row.size)}</span>
        </button>
      </div>
    );
  }
  return (
    <div className="json-line" style={indent}>
      <span className="disclosure" />
      {label}
      <span className={`json-value json-${row.type}`}>{row.text}</span>
      {row.long !== null && (
        <button type="button" className="show-more inline" onClick={() => onText(row.path)}>
          {row.long.isOpen ? "show less" : `show all ${formatBytes(row.long.length)}`}
        </button>
      )}
    </div>
  );
}
