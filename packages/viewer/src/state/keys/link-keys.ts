/** Pages that are lists of links: arrows move between them as they do between runs. Enter is the link's own. */
import { useShortcuts } from "./shortcuts.ts";

/** @param title of the page, for the help */
export function useLinkKeys(title: string): void {
  useShortcuts({
    title,
    shortcuts: [
      { keys: ["ArrowDown", "j"], does: "Next line", isMove: true, run: () => moveFocus(1) },
      { keys: ["ArrowUp", "k"], does: "Line before", isMove: true, run: () => moveFocus(-1) },
    ],
  });
}

function moveFocus(by: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>("main table a, main ol a")];
  const at = links.indexOf(document.activeElement as HTMLElement);
  const next = at < 0 ? links.at(by > 0 ? 0 : -1) : links[at + by];
  next?.focus();
}
