import { type RefObject, useEffect, useState } from "react";

const STEP = 20;

/** An element's width in pixels, in steps, so that a resize doesn't draw everything anew at each pixel. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(600);
  useEffect(() => {
    if (element.current === null) return;
    const observer = new ResizeObserver(([entry]) => {
      setWidth(Math.floor((entry?.contentRect.width ?? 600) / STEP) * STEP);
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
