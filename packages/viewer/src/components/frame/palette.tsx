/** The command palette: every shortcut of where one is, and the runs that were seen last. Its library is loaded with it. */
import { useQueryClient } from "@tanstack/react-query";
import { Command } from "cmdk";
import { useEffect, useRef } from "react";
import { singleLine } from "../../model/text/hostile-text.ts";
import { navigate } from "../../state/address/location.ts";
import { traceAddress } from "../../state/address/trace-address.ts";
import { listPlace } from "../../state/browser/list-place.ts";
import { type RunList, runListKey } from "../../state/data/run-list.ts";
import { type Shortcut, useShortcutScopes } from "../../state/keys/shortcuts.ts";
import styles from "./palette.module.css";
import { ShortcutKey } from "./shortcuts-dialog.tsx";

const MAX_RUNS = 30;

export default function Palette({ onClose }: { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const choose = (act: () => void) => {
    dialog.current?.close();
    act();
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself
    <dialog
      ref={dialog}
      className={`dialog ${styles.palette}`}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
      aria-label="Commands"
    >
      <Command label="Commands" loop>
        <Command.Input className={styles.input} placeholder="Type a command or the name of a run…" autoFocus />
        <Command.List className={styles.list}>
          <Command.Empty className={styles.empty}>Nothing is called that.</Command.Empty>
          <Commands onChoose={choose} />
          <Runs onChoose={choose} />
        </Command.List>
      </Command>
    </dialog>
  );
}

interface ChooseProps {
  readonly onChoose: (act: () => void) => void;
}

function Commands({ onChoose }: ChooseProps) {
  return useShortcutScopes().map(({ title, shortcuts }) => (
    <Command.Group key={title} heading={title} className={styles.group}>
      {shortcuts
        .filter(({ isMove }) => isMove !== true)
        .map((shortcut) => (
          <CommandItem key={shortcut.does} shortcut={shortcut} onChoose={onChoose} />
        ))}
    </Command.Group>
  ));
}

function CommandItem({ shortcut, onChoose }: ChooseProps & { readonly shortcut: Shortcut }) {
  return (
    <Command.Item
      className={styles.item}
      value={shortcut.does}
      onSelect={() => onChoose(() => shortcut.run(undefined))}
    >
      <span>{shortcut.does}</span>
      <span className={styles.keys}>
        {shortcut.keys.map((key) => (
          <ShortcutKey key={key} shortcut={key} />
        ))}
      </span>
    </Command.Item>
  );
}

function Runs({ onChoose }: ChooseProps) {
  const client = useQueryClient();
  const list = client.getQueryData<RunList>(runListKey(listPlace().address));
  if (list === undefined) return null;
  return (
    <Command.Group heading="Runs" className={styles.group}>
      {list.rows.slice(0, MAX_RUNS).map(({ traceId, name, asked }) => (
        <Command.Item
          key={traceId}
          className={styles.item}
          value={`${name} ${asked ?? ""} ${traceId}`}
          onSelect={() => onChoose(() => navigate(traceAddress({ traceId })))}
        >
          <bdi className={styles.run}>{singleLine(asked || name, 120) || "Unnamed run"}</bdi>
          <bdi className="mono muted">{singleLine(traceId, 12)}</bdi>
        </Command.Item>
      ))}
    </Command.Group>
  );
}
