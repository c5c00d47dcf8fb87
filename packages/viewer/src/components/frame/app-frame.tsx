/** What stands around every page: the rail to the other pages, the help that `?` opens and the palette. */
import { lazy, type ReactNode, Suspense, useState } from "react";
import { navigate, useAddress } from "../../state/address/location.ts";
import { listPlace } from "../../state/browser/list-place.ts";
import { type ShortcutScope, useShortcuts } from "../../state/keys/shortcuts.ts";
import { Link } from "../controls/link.tsx";
import { ThemeToggle } from "../controls/theme-toggle.tsx";
import {
  KeyboardIcon,
  LogoIcon,
  LossesIcon,
  OverviewIcon,
  PaletteIcon,
  RunsIcon,
  SessionsIcon,
} from "../marks/icons.tsx";
import styles from "./app-frame.module.css";
import { ShortcutsDialog } from "./shortcuts-dialog.tsx";

const Palette = lazy(() => import("./palette.tsx"));

const PLACES = [
  { path: "/", words: "Runs", keys: "g r", Icon: RunsIcon },
  { path: "/sessions", words: "Sessions", keys: "g s", Icon: SessionsIcon },
  { path: "/overview", words: "Overview", keys: "g o", Icon: OverviewIcon },
  { path: "/losses", words: "Losses", keys: "g l", Icon: LossesIcon },
] as const;

type Opened = "shortcuts" | "palette" | null;

export function AppFrame({ children }: { readonly children: ReactNode }) {
  const [opened, setOpened] = useState<Opened>(null);
  useShortcuts(everywhere(setOpened));
  return (
    <div className={styles.frame}>
      <Rail onOpen={setOpened} />
      {children}
      {opened === "shortcuts" && <ShortcutsDialog onClose={() => setOpened(null)} />}
      {opened === "palette" && (
        <Suspense fallback={null}>
          <Palette onClose={() => setOpened(null)} />
        </Suspense>
      )}
    </div>
  );
}

function everywhere(setOpened: (opened: Opened) => void): ShortcutScope {
  return {
    title: "Everywhere",
    isEverywhere: true,
    shortcuts: [
      ...PLACES.map(({ path, words, keys }) => ({
        keys: [keys],
        does: `Go to ${words}`,
        run: () => navigate(path === "/" ? listPlace().address : path),
      })),
      { keys: ["Mod+k"], does: "Find a command", isMove: true, run: () => setOpened("palette") },
      { keys: ["?"], does: "Show these shortcuts", run: () => setOpened("shortcuts") },
    ],
  };
}

function Rail({ onOpen }: { readonly onOpen: (opened: Opened) => void }) {
  const { pathname } = useAddress();
  const isAt = (path: string) =>
    path === "/"
      ? pathname === "/" || pathname.startsWith("/traces/")
      : pathname === path || (path === "/sessions" && pathname === "/users");
  return (
    <nav className={styles.rail} aria-label="Pages">
      <Link href="/" className={styles.brand} aria-label="Everspan: all runs">
        <LogoIcon />
      </Link>
      {PLACES.map(({ path, words, keys, Icon }) => (
        <Link
          key={path}
          href={path}
          className={styles.place}
          aria-current={isAt(path) ? "page" : undefined}
          title={`${words} (${keys})`}
        >
          <Icon />
          <span className={styles.words}>{words}</span>
        </Link>
      ))}
      <span className={styles.space} />
      <button
        type="button"
        className={styles.place}
        onClick={() => onOpen("palette")}
        title="Find a command (⌘K, Ctrl K)"
      >
        <PaletteIcon />
        <span className={styles.words}>Find</span>
      </button>
      <button type="button" className={styles.place} onClick={() => onOpen("shortcuts")} title="Keyboard shortcuts (?)">
        <KeyboardIcon />
        <span className={styles.words}>Keys</span>
      </button>
      <ThemeToggle className={styles.place} />
    </nav>
  );
}
