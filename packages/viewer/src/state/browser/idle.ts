/** What nobody waits for is done when the page has nothing else to do. */
import { useEffect, useState } from "react";

/** A page that is never idle gets to it all the same. */
const MAX_WAIT_MS = 1_000;

/** @returns gives up waiting */
function onceIdle(act: () => void): () => void {
  // Safari knows of no idle time.
  if (typeof requestIdleCallback === "undefined") {
    const timer = setTimeout(act, 0);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(act, { timeout: MAX_WAIT_MS });
  return () => cancelIdleCallback(handle);
}

export function whenIdle(): Promise<void> {
  return new Promise((resolve) => onceIdle(resolve));
}

/** False until the page was idle once after what asks for it was drawn. */
export function useIdle(): boolean {
  const [isIdle, setIdle] = useState(false);
  useEffect(() => onceIdle(() => setIdle(true)), []);
  return isIdle;
}
