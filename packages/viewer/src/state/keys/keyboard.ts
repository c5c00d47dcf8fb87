/** Shortcuts must not fire while somebody writes, nor take what belongs to the browser. */
export function isTyping(event: KeyboardEvent): boolean {
  if (event.altKey) return true;
  const target = event.target;
  return target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable], dialog") !== null;
}
