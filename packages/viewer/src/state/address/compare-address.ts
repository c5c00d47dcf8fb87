/** Two runs side by side, as an address. */
export function compareAddress(a: string, b: string): string {
  return `/compare?a=${encodeURIComponent(a)}&b=${encodeURIComponent(b)}`;
}
