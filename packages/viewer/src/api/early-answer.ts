/**
 * What the page at this address will ask for first is asked for before the rest of the viewer has come: both take their
 * time, and neither needs the other.
 */
import { authorizationHeaders, takeTokenFromAddress } from "./access-token.ts";

export const API_HEADERS = { accept: "application/json" } as const;

/** What nobody has taken by then may no longer be so. */
const KEPT_MS = 5_000;

/** Spans of a run's first page: as many as fill a window and give its story a beginning. What is left comes in larger ones. */
export const FIRST_SPANS = 300;

/** Ids that stand in both addresses as they are. */
const TRACE = /^\/traces\/([\w.-]+)\/?$/;

let early: { readonly path: string; readonly answer: Promise<Response> } | undefined;

/** @returns the path of the API whose answer this page begins with; undefined: none that is known from the address */
export function firstPathOf(pathname: string, search: string): string | undefined {
  const traceId = TRACE.exec(pathname)?.[1];
  if (traceId !== undefined) return `/api/traces/${traceId}?limit=${FIRST_SPANS}`;
  return pathname === "/" && search === "" ? "/api/traces?limit=50&sort=-startTime" : undefined;
}

export function isRunAddress(pathname: string): boolean {
  return TRACE.test(pathname);
}

/** The answer that was asked for early, once; undefined: this path was not. */
export function takeEarlyAnswer(path: string): Promise<Response> | undefined {
  if (early?.path !== path) return undefined;
  const { answer } = early;
  early = undefined;
  return answer;
}

/** Called once, when the viewer is loaded. */
export function askEarly(): void {
  takeTokenFromAddress();
  const path = firstPathOf(window.location.pathname, window.location.search);
  if (path === undefined) return;
  const answer = fetch(path, { headers: { ...API_HEADERS, ...authorizationHeaders() } });
  // Whoever takes it sees the failure; nobody need take it.
  answer.catch(() => {});
  early = { path, answer };
  setTimeout(() => {
    early = undefined;
  }, KEPT_MS);
}
