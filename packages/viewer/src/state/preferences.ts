/** What the reader prefers on this machine: theme and width of the detail pane. Kept in the browser, never sent. */
import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";

export interface Preferences {
  readonly theme: Theme;
  /** Width of the detail pane as a share of the page. */
  readonly paneShare: number;
}

const STORAGE_KEY = "everspan.preferences";
const THEMES: readonly Theme[] = ["system", "light", "dark"];
const DEFAULTS: Preferences = { theme: "system", paneShare: 0.44 };

let current = load();
const listeners = new Set<() => void>();

export function usePreferences(): Preferences {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}

export function setPreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  applyTheme();
  for (const listener of listeners) listener();
  try {
    window.localStorage.setItem(STORAGE_KEY, JSON.stringify(current));
  } catch {
    // Storage may be blocked or full: the choice then lasts as long as the page.
  }
}

export function applyTheme(): void {
  if (current.theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = current.theme;
}

function load(): Preferences {
  try {
    const stored = JSON.parse(window.localStorage.getItem(STORAGE_KEY) ?? "{}") as Partial<Preferences>;
    const paneShare = Number(stored.paneShare);
    return {
      theme: THEMES.find((theme) => theme === stored.theme) ?? DEFAULTS.theme,
      paneShare: paneShare >= 0.2 && paneShare <= 0.8 ? paneShare : DEFAULTS.paneShare,
    };
  } catch {
    return DEFAULTS;
  }
}
