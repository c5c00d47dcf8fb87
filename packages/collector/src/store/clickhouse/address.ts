/** `clickhouse://user:password@host:port/database?secure=1&cluster=name` as values. No error names the password. */

export interface ClickHouseAddress {
  /** Of the HTTP interface, without user and password. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Tables are replicated over the nodes of this cluster, and a write is acknowledged by a quorum of them. */
  readonly cluster?: string;
}

const SCHEME = "clickhouse:";
/** What may stand in a statement unquoted: names of databases and clusters can't be parameters there. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const FLAGS: ReadonlySet<string> = new Set(["secure", "cluster"]);

export function isClickHouseAddress(text: string): boolean {
  return text.startsWith(`${SCHEME}//`);
}

/** @throws Error with a sentence for the user */
export function parseClickHouseAddress(text: string): ClickHouseAddress {
  const refuse = (what: string): never => {
    throw new Error(`a ClickHouse store is clickhouse://user:password@host:port/database; ${what}`);
  };
  const decoded = (part: string): string => {
    try {
      return decodeURIComponent(part);
    } catch {
      return refuse("a % in a name or password is written %25");
    }
  };
  const url = URL.canParse(text) && isClickHouseAddress(text) ? new URL(text) : refuse("this is no such address");
  if (url.hostname === "") refuse("the host is missing");
  const database = decoded(url.pathname.slice(1)) || "everspan";
  if (!NAME.test(database)) refuse("the database must be letters, digits and _");
  for (const name of url.searchParams.keys()) if (!FLAGS.has(name)) refuse(`its options are secure and cluster`);
  const isSecure = ["1", "true"].includes(url.searchParams.get("secure") ?? "");
  const cluster = url.searchParams.get("cluster") ?? undefined;
  if (cluster !== undefined && !NAME.test(cluster)) refuse("the cluster must be letters, digits and _");
  return {
    url: `${isSecure ? "https" : "http"}://${url.hostname}:${url.port || (isSecure ? "8443" : "8123")}/`,
    user: decoded(url.username) || "default",
    password: decoded(url.password),
    database,
    ...(cluster !== undefined && { cluster }),
  };
}

/** For logs and errors. */
export function shownAddress({ url, database }: ClickHouseAddress): string {
  return `ClickHouse at ${new URL(url).host}, database ${database}`;
}
