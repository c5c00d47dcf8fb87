/**
 * The one registry of shortcuts: what is registered here is listened to, listed by `?` and offered by the palette. A
 * scope registered later (a page, then a dialog over it) goes before an earlier one, and what holds everywhere last:
 * a page may be there before the frame around it says so.
 */
import { useEffect, useRef, useSyncExternalStore } from "react";
import { isTyping } from "./keyboard.ts";

export interface Shortcut {
  /** As `KeyboardEvent.key` names them, each enough by itself; `g r` is one key after the other, `Mod+k` ⌘ or Ctrl. */
  readonly keys: readonly string[];
  /** What it does, for people. */
  readonly does: string;
  readonly run: (event: KeyboardEvent | undefined) => void;
  /** Where it counts; absent: wherever the focus is, unless somebody types. */
  readonly where?: (event: KeyboardEvent) => boolean;
  /** Not offered by the palette: it moves from where the focus is. */
  readonly isMove?: boolean;
}

export interface ShortcutScope {
  readonly title: string;
  /** Holds on every page. */
  readonly isEverywhere?: boolean;
  readonly shortcuts: readonly Shortcut[];
}

const SEQUENCE_MS = 1200;

const listeners = new Set<() => void>();
let scopes: readonly { readonly current: ShortcutScope }[] = [];
let version = 0;
let prefix: { readonly key: string; readonly atMs: number } | undefined;

/** All that can be done by key where one is, the nearest scope first. */
export function shortcutScopes(): readonly ShortcutScope[] {
  const nearest = scopes.map(({ current }) => current).reverse();
  return [...nearest.filter((scope) => !scope.isEverywhere), ...nearest.filter((scope) => scope.isEverywhere)];
}

/** Registers a scope while its component is there. Its contents may change at each render. */
export function useShortcuts(scope: ShortcutScope): void {
  const latest = useRef(scope);
  useEffect(() => {
    latest.current = scope;
  });
  useEffect(() => {
    scopes = [...scopes, latest];
    if (scopes.length === 1) window.addEventListener("keydown", onKeyDown);
    changed();
    return () => {
      scopes = scopes.filter((other) => other !== latest);
      if (scopes.length === 0) window.removeEventListener("keydown", onKeyDown);
      changed();
    };
  }, []);
}

export function useShortcutScopes(): readonly ShortcutScope[] {
  useSyncExternalStore(subscribe, () => version);
  return shortcutScopes();
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const pressed = keyOf(event);
  const sequence =
    prefix !== undefined && event.timeStamp - prefix.atMs < SEQUENCE_MS ? `${prefix.key} ${pressed}` : "";
  prefix = undefined;
  const found = find(event, sequence) ?? find(event, pressed);
  if (found !== undefined) {
    event.preventDefault();
    found.run(event);
  } else if (!isTyping(event) && beginsSequence(pressed)) {
    prefix = { key: pressed, atMs: event.timeStamp };
  }
}

function find(event: KeyboardEvent, pressed: string): Shortcut | undefined {
  if (pressed === "") return undefined;
  const isChord = pressed.startsWith("Mod+");
  if (!isChord && isTyping(event)) return undefined;
  for (const { shortcuts } of shortcutScopes()) {
    const shortcut = shortcuts.find(({ keys, where }) => keys.includes(pressed) && (where?.(event) ?? true));
    if (shortcut !== undefined) return shortcut;
  }
  return undefined;
}

function beginsSequence(pressed: string): boolean {
  return shortcutScopes().some(({ shortcuts }) =>
    shortcuts.some(({ keys }) => keys.some((key) => key.startsWith(`${pressed} `))),
  );
}

function keyOf(event: KeyboardEvent): string {
  return event.metaKey || event.ctrlKey ? `Mod+${event.key.toLowerCase()}` : event.key;
}

function changed(): void {
  version++;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const NAMES: Readonly<Record<string, string>> = {
  ArrowDown: "↓",
  ArrowUp: "↑",
  ArrowLeft: "←",
  ArrowRight: "→",
  Escape: "Esc",
  PageDown: "PgDn",
  PageUp: "PgUp",
  " ": "Space",
};

/** A key as it is printed on the board. */
export function keyLabel(key: string): string {
  if (key.startsWith("Mod+")) return `${isApple() ? "⌘" : "Ctrl "}${key.slice(4).toUpperCase()}`;
  return NAMES[key] ?? key;
}

function isApple(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.platform);
}
