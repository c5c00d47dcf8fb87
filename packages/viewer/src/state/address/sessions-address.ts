/** The sessions, or those of one user: `/sessions?user=<user>`. */
export interface SessionsView {
  readonly user: string | null;
}

export function readSessionsAddress(url: URL): SessionsView {
  return { user: url.searchParams.get("user") };
}

export function sessionsAddress({ user }: SessionsView): string {
  return user === null ? "/sessions" : `/sessions?user=${encodeURIComponent(user)}`;
}
