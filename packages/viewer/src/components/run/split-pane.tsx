import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from "react";
import { setPreferences, usePreferences } from "../../state/browser/preferences.ts";

const MIN_SHARE = 0.2;
const MAX_SHARE = 0.8;
const KEY_STEP = 0.02;

/** Table and details side by side, the border between them movable by pointer and keys; one below the other when narrow. */
export function SplitPane({ main, side }: { readonly main: ReactNode; readonly side: ReactNode | null }) {
  const frame = useRef<HTMLDivElement>(null);
  const { paneShare } = usePreferences();
  const [draggedShare, setDraggedShare] = useState<number | null>(null);
  const share = draggedShare ?? paneShare;

  const shareAt = (event: PointerEvent) => {
    const box = frame.current!.getBoundingClientRect();
    return held(1 - (event.clientX - box.left) / box.width);
  };
  const endDrag = () => {
    if (draggedShare !== null) setPreferences({ paneShare: draggedShare });
    setDraggedShare(null);
  };
  const moveByKey = (event: KeyboardEvent) => {
    const step = event.key === "ArrowLeft" ? KEY_STEP : event.key === "ArrowRight" ? -KEY_STEP : 0;
    if (step === 0) return;
    event.preventDefault();
    setPreferences({ paneShare: held(paneShare + step) });
  };
  return (
    <div
      ref={frame}
      className="split"
      data-split={side !== null}
      style={{ "--side-share": `${share * 100}%` } as React.CSSProperties}
    >
      <div className="split-main">{main}</div>
      {side !== null && (
        <>
          {/* biome-ignore lint/a11y/useSemanticElements: a separator that can be moved is not a rule between texts */}
          <div
            className="split-handle"
            role="separator"
            aria-orientation="vertical"
            aria-label="Width of the details"
            aria-valuenow={Math.round(share * 100)}
            aria-valuemin={MIN_SHARE * 100}
            aria-valuemax={MAX_SHARE * 100}
            tabIndex={0}
            onPointerDown={(event) => {
              event.currentTarget.setPointerCapture(event.pointerId);
              setDraggedShare(shareAt(event));
            }}
            onPointerMove={(event) => draggedShare !== null && setDraggedShare(shareAt(event))}
            onPointerUp={endDrag}
            onPointerCancel={endDrag}
            onKeyDown={moveByKey}
          />
          <div className="split-side">{side}</div>
        </>
      )}
    </div>
  );
}

function held(share: number): number {
  return Math.min(MAX_SHARE, Math.max(MIN_SHARE, share));
}
