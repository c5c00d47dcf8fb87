/**
 * The token for a collector that asks for one. It comes in the fragment of the link that `everspan serve` prints
 * (`#token=…`: a fragment is never sent), is taken out of the address immediately, and lives as long as the tab.
 */
const STORAGE_KEY = "everspan.token";

export function takeTokenFromAddress(): void {
  const match = /^#token=(.+)$/.exec(window.location.hash);
  if (match === null) return;
  setAccessToken(decodeURIComponent(match[1]!));
  window.history.replaceState(window.history.state, "", window.location.pathname + window.location.search);
}

export function setAccessToken(token: string): void {
  try {
    window.sessionStorage.setItem(STORAGE_KEY, token);
  } catch {
    // Storage may be blocked; then the token is asked for again.
  }
}

export function authorizationHeaders(): Record<string, string> {
  try {
    const token = window.sessionStorage.getItem(STORAGE_KEY);
    return token === null ? {} : { authorization: `Bearer ${token}` };
  } catch {
    return {};
  }
}
