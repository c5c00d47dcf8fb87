import { useEffect, useRef } from "react";
import { keyLabel, useShortcutScopes } from "../../state/keys/shortcuts.ts";
import { CloseIcon } from "../marks/icons.tsx";

/** All that the registry holds where one is. */
export function ShortcutsDialog({ onClose }: { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const scopes = useShortcutScopes();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="dialog shortcuts" onClose={onClose} aria-label="Keyboard shortcuts">
      <div className="dialog-head">
        <h2>Keyboard shortcuts</h2>
        <button type="button" className="button ghost small" onClick={onClose} aria-label="Close">
          <CloseIcon />
        </button>
      </div>
      <div className="shortcut-columns">
        {scopes.map(({ title, shortcuts }) => (
          <section key={title} className="shortcut-group" aria-label={title}>
            <h3 className="shortcut-title">{title}</h3>
            {shortcuts.map(({ keys, does }) => (
              <div key={does} className="shortcut">
                <span>{does}</span>
                <span className="shortcut-keys">
                  {keys.map((key) => (
                    <ShortcutKey key={key} shortcut={key} />
                  ))}
                </span>
              </div>
            ))}
          </section>
        ))}
      </div>
      <p className="dialog-foot muted">
        How to send runs here, and what each page shows: <a href="/docs/">the documents</a>
      </p>
    </dialog>
  );
}

/** `g r` is one key after the other. */
export function ShortcutKey({ shortcut }: { readonly shortcut: string }) {
  return shortcut === " " ? (
    <kbd>{keyLabel(shortcut)}</kbd>
  ) : (
    shortcut.split(" ").map((key) => <kbd key={key}>{keyLabel(key)}</kbd>)
  );
}
