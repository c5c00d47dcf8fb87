/** One live stream for the whole page, and a hook to hear of changes. A hidden tab rests, and catches up when shown. */
import { useEffect, useRef } from "react";
import { followLive, type LiveEvent } from "../../api/live-stream.ts";

const listeners = new Set<(event: LiveEvent) => void>();
let stopFollowing: (() => void) | undefined;

function emit(event: LiveEvent): void {
  if (document.visibilityState === "hidden") return;
  for (const listener of listeners) listener(event);
}

function onVisible(): void {
  if (document.visibilityState === "visible") emit({ kind: "resync" });
}

function listen(listener: (event: LiveEvent) => void): () => void {
  listeners.add(listener);
  if (stopFollowing === undefined) {
    stopFollowing = followLive(emit);
    document.addEventListener("visibilitychange", onVisible);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    stopFollowing?.();
    stopFollowing = undefined;
    document.removeEventListener("visibilitychange", onVisible);
  };
}

export function useLive(onEvent: (event: LiveEvent) => void): void {
  const latest = useRef(onEvent);
  useEffect(() => {
    latest.current = onEvent;
  });
  useEffect(() => listen((event) => latest.current(event)), []);
}
