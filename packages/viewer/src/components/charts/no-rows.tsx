import type { ServerData } from "../../state/data/query-client.ts";

/** Where a table has no row: there is none, or it is not known yet, or it can't be known now. */
export function NoRows({ of: { value, error } }: { readonly of: Pick<ServerData<unknown>, "value" | "error"> }) {
  return (
    <p className="muted">
      {value !== undefined ? "None." : error === undefined ? "Loading…" : `They can't be loaded: ${error.message}.`}
    </p>
  );
}
