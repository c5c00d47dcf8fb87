/** The keys and what they do, for the dialog that `?` opens. */

export interface ShortcutGroup {
  readonly title: string;
  readonly shortcuts: readonly { readonly keys: readonly string[]; readonly does: string }[];
}

export const LIST_SHORTCUTS: ShortcutGroup = {
  title: "List of traces",
  shortcuts: [
    { keys: ["/"], does: "Search" },
    { keys: ["↑", "↓"], does: "Move between traces" },
    { keys: ["Enter"], does: "Open the trace" },
    { keys: ["?"], does: "Show these shortcuts" },
  ],
};

export const TRACE_SHORTCUTS: ShortcutGroup = {
  title: "One trace",
  shortcuts: [
    { keys: ["↑", "↓"], does: "Move between spans" },
    { keys: ["→"], does: "Unfold, then go to the first child" },
    { keys: ["←"], does: "Fold, then go to the parent" },
    { keys: ["Enter"], does: "Go to the span's details" },
    { keys: ["Esc"], does: "Back: from the details to the tree, then out" },
    { keys: ["e", "E"], does: "Next, previous error" },
    { keys: ["/"], does: "Search in this trace" },
    { keys: ["n", "N"], does: "Next, previous match" },
    { keys: ["z"], does: "Zoom the time axis to the span, and out again" },
    { keys: ["c", "x"], does: "Fold all, unfold all" },
    { keys: ["?"], does: "Show these shortcuts" },
  ],
};
