import { type RefObject, useEffect, useState } from "react";

/** Width of a character in the monospaced face at its size in the JSON view, in pixels, rounded up. */
const CHARACTER_WIDTH = 7.3;
const MARGIN = 80;
const STEP = 10;

/** How many characters fit in a line of an element, in steps, so that a resize doesn't wrap anew at each pixel. */
export function useColumns(element: RefObject<HTMLElement | null>): number {
  const [columns, setColumns] = useState(80);
  useEffect(() => {
    if (element.current === null) return;
    const observer = new ResizeObserver(([entry]) => {
      const fitting = ((entry?.contentRect.width ?? 600) - MARGIN) / CHARACTER_WIDTH;
      setColumns(Math.max(20, Math.floor(fitting / STEP) * STEP));
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return columns;
}
