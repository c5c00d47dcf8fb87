/**
 * The address as state. The link is the one home of what is seen: pages read it and change it, nobody copies it.
 * Browsers refuse more than a few address changes a second (a held arrow key makes thirty), so replacements are
 * written to the address bar once they settle, while the page follows at once.
 */
import { useMemo, useSyncExternalStore } from "react";

const WRITE_DELAY_MS = 200;

const listeners = new Set<() => void>();
let current = window.location.href;
let writeTimer: ReturnType<typeof setTimeout> | undefined;

window.addEventListener("popstate", () => {
  clearTimeout(writeTimer);
  change(window.location.href);
});
window.addEventListener("pagehide", writeReplacement);

/** Path and query, e.g. `/traces/4bf9?span=1b9d`. */
export function useAddress(): URL {
  const href = useSyncExternalStore(subscribe, () => current);
  return useMemo(() => new URL(href), [href]);
}

/** @param replace true where "back" should not return to what was seen before: selection, typing in a filter */
export function navigate(to: string, replace = false): void {
  const href = new URL(to, current).href;
  if (href === current) return;
  if (replace) {
    clearTimeout(writeTimer);
    writeTimer = setTimeout(writeReplacement, WRITE_DELAY_MS);
  } else {
    writeReplacement();
    window.history.pushState(null, "", href);
  }
  change(href);
}

function writeReplacement(): void {
  clearTimeout(writeTimer);
  if (current !== window.location.href) window.history.replaceState(null, "", current);
}

function change(href: string): void {
  current = href;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
