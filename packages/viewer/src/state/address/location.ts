/**
 * The address as state. The link is the one home of what is seen: pages read it and change it, nobody copies it.
 * Browsers refuse more than a few address changes a second (a held arrow key makes thirty), so replacements are
 * written to the address bar once they settle, while the page follows immediately.
 */
import { useMemo, useSyncExternalStore } from "react";

const WRITE_DELAY_MS = 200;

interface HistoryState {
  /** The address that this one was opened from. */
  readonly from?: string;
}

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
    window.history.pushState({ from: current } satisfies HistoryState, "", href);
  }
  change(href);
}

/** Up to a page: by the browser's own "back" where that leads there, so that its place and rows are as they were left. */
export function goUpTo(address: string): void {
  const { from } = (window.history.state ?? {}) as HistoryState;
  if (from !== undefined && from === new URL(address, current).href) window.history.back();
  else navigate(address);
}

function writeReplacement(): void {
  clearTimeout(writeTimer);
  if (current !== window.location.href) window.history.replaceState(window.history.state, "", current);
}

function change(href: string): void {
  current = href;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
