/**
 * The token for a collector that asks for one. It comes in the fragment of the link that `everspan serve` prints
 * (`#token=…`: a fragment is never sent), is taken out of the address immediately, and lives as long as the tab.
 */
const STORAGE_KEY = "everspan.token";

/** @returns whether there was one */
export function takeTokenFromAddress(): boolean {
  const match = /^#token=(.+)$/.exec(window.location.hash);
  if (match === null) return false;
  setAccessToken(decoded(match[1]!));
  window.history.replaceState(window.history.state, "", window.location.pathname + window.location.search);
  return true;
}

/** A link with a token that is opened in a tab of the viewer loads no page: what is seen and asked for begins anew then. */
export function followTokenInAddress(): void {
  window.addEventListener("hashchange", () => {
    if (takeTokenFromAddress()) window.location.reload();
  });
}

/** As it stands where it is no encoding: a link that was typed or cut. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
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
