import { useEffect, useRef, useState } from "react";
import type { ShortcutGroup } from "../model/shortcuts.ts";
import { isTyping } from "../state/keyboard.ts";
import { CloseIcon } from "./icons.tsx";

/** Opened by `?` anywhere on the page. */
export function useShortcutsDialog() {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    const keyDown = (event: KeyboardEvent) => {
      if (event.key === "?" && !isTyping(event)) setOpen(true);
    };
    window.addEventListener("keydown", keyDown);
    return () => window.removeEventListener("keydown", keyDown);
  }, []);
  return { isOpen, open: () => setOpen(true), close: () => setOpen(false) };
}

interface ShortcutsDialogProps {
  readonly groups: readonly ShortcutGroup[];
  readonly onClose: () => void;
}

export function ShortcutsDialog({ groups, onClose }: ShortcutsDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="dialog" onClose={onClose} aria-label="Keyboard shortcuts">
      <div className="dialog-head">
        <h2>Keyboard shortcuts</h2>
        <button type="button" className="button ghost small" onClick={onClose} aria-label="Close">
          <CloseIcon />
        </button>
      </div>
      {groups.map((group) => (
        <section key={group.title} className="shortcut-group" aria-label={group.title}>
          {group.shortcuts.map(({ keys, does }) => (
            <div key={does} className="shortcut">
              <span>{does}</span>
              <span className="shortcut-keys">
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </span>
            </div>
          ))}
        </section>
      ))}
    </dialog>
  );
}
