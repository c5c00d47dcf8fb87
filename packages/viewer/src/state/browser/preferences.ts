/** What the reader prefers on this machine: theme, density, columns, width of the inspector. Kept in the browser, never sent. */
import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";

export type Density = "comfortable" | "dense";

export interface Preferences {
  readonly theme: Theme;
  readonly density: Density;
  /** Markdown is rendered rather than shown as it was written. */
  readonly isRendered: boolean;
  /** Width of the inspector as a share of the page. */
  readonly paneShare: number;
  /** Keys of the list's columns that are not shown. */
  readonly hiddenColumns: readonly string[];
  /** Beside the list stand the values that its runs have. */
  readonly hasFacets: boolean;
}

const STORAGE_KEY = "everspan.preferences";
const THEMES: readonly Theme[] = ["system", "light", "dark"];
const DENSITIES: readonly Density[] = ["comfortable", "dense"];
const DEFAULTS: Preferences = {
  theme: "system",
  density: "comfortable",
  isRendered: true,
  paneShare: 0.4,
  hiddenColumns: [],
  hasFacets: false,
};

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

export function preferences(): Preferences {
  return current;
}

export function setPreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  applyPreferences();
  for (const listener of listeners) listener();
  try {
    window.localStorage.setItem(STORAGE_KEY, JSON.stringify(current));
  } catch {
    // Storage may be blocked or full: the choice then lasts as long as the page.
  }
}

export function applyPreferences(): void {
  if (current.theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = current.theme;
  document.documentElement.dataset.density = current.density;
}

function load(): Preferences {
  try {
    const stored = JSON.parse(window.localStorage.getItem(STORAGE_KEY) ?? "{}") as Partial<Preferences>;
    const paneShare = Number(stored.paneShare);
    return {
      theme: THEMES.find((theme) => theme === stored.theme) ?? DEFAULTS.theme,
      density: DENSITIES.find((density) => density === stored.density) ?? DEFAULTS.density,
      isRendered: stored.isRendered !== false,
      hiddenColumns: Array.isArray(stored.hiddenColumns) ? stored.hiddenColumns.map(String).slice(0, 50) : [],
      hasFacets: stored.hasFacets === true,
      paneShare: paneShare >= 0.2 && paneShare <= 0.8 ? paneShare : DEFAULTS.paneShare,
    };
  } catch {
    return DEFAULTS;
  }
}
