/** Whether the page is drawn for paper, where all of it is wanted and nothing scrolls. */
import { useSyncExternalStore } from "react";

export function usePrinted(): boolean {
  return useSyncExternalStore(subscribe, () => media().matches);
}

function media(): MediaQueryList {
  return window.matchMedia("print");
}

/** React draws what a store tells it without delay: before the browser lays the paper out. */
function subscribe(onChange: () => void): () => void {
  const query = media();
  query.addEventListener("change", onChange);
  return () => query.removeEventListener("change", onChange);
}
