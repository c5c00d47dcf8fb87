/**
 * The rows of a list that grows at its top while it is read: what is new is held back while the reader is somewhere
 * below, so that no row moves under the eyes, and stands in a pill until it is asked for. No React here.
 */

export interface ListPage<Row> {
  readonly rows: readonly Row[];
  readonly nextCursor: string | null;
}

export interface GrowingList<Row> {
  /** As they are drawn. */
  readonly rows: readonly Row[];
  /** New ones that are not drawn yet, in order. */
  readonly held: readonly Row[];
  readonly nextCursor: string | null;
}

type IdOf<Row> = (row: Row) => string;

/**
 * The list with its first page as it is now. Known rows are renewed where they stand while `isHeld`, and take the page's
 * order otherwise. A page that shares nothing with the list would leave a gap between them: then the list begins anew.
 */
export function withFirstPage<Row>(
  list: GrowingList<Row> | undefined,
  page: ListPage<Row>,
  idOf: IdOf<Row>,
  isHeld: boolean,
): GrowingList<Row> {
  if (list === undefined || list.rows.length === 0) return { ...page, held: [] };
  if (isHeld && page.nextCursor === null) return withAllRows(list, page, idOf, true);
  const fresh = new Map(page.rows.map((row) => [idOf(row), row]));
  if (isHeld) return withHeld(list, page, fresh, idOf);
  const below = list.rows.filter((row) => !fresh.has(idOf(row)));
  const isConnected = below.length < list.rows.length || list.held.some((row) => fresh.has(idOf(row)));
  if (page.nextCursor === null || !isConnected || below.length === 0) return { ...page, held: [] };
  return { rows: [...page.rows, ...below], held: [], nextCursor: list.nextCursor };
}

/** The list with all of its rows as they are now, in order: those that are gone are not in it. */
export function withAllRows<Row>(
  list: GrowingList<Row> | undefined,
  all: ListPage<Row>,
  idOf: IdOf<Row>,
  isHeld: boolean,
): GrowingList<Row> {
  if (list === undefined || !isHeld) return { ...all, held: [] };
  const fresh = new Map(all.rows.map((row) => [idOf(row), row]));
  const { held, nextCursor } = withHeld(list, all, fresh, idOf);
  // Of what lies beyond the rows that were asked for nothing is known.
  const isGone = (row: Row) => all.nextCursor === null && !fresh.has(idOf(row));
  const present = (row: Row) => (isGone(row) ? [] : [fresh.get(idOf(row)) ?? row]);
  return { rows: list.rows.flatMap(present), held: held.flatMap(present), nextCursor };
}

function withHeld<Row>(
  list: GrowingList<Row>,
  page: ListPage<Row>,
  fresh: ReadonlyMap<string, Row>,
  idOf: IdOf<Row>,
): GrowingList<Row> {
  const drawn = new Set(list.rows.map(idOf));
  const arrived = page.rows.filter((row) => !drawn.has(idOf(row)));
  const before = list.held.filter((row) => !fresh.has(idOf(row)));
  return {
    rows: list.rows.map((row) => fresh.get(idOf(row)) ?? row),
    held: [...arrived, ...before],
    nextCursor: list.nextCursor,
  };
}

/** @param cursor where the page begins: one that the list no longer ends with would leave a gap, and changes nothing */
export function withNextPage<Row>(
  list: GrowingList<Row>,
  cursor: string,
  page: ListPage<Row>,
  idOf: IdOf<Row>,
): GrowingList<Row> {
  if (list.nextCursor !== cursor) return list;
  const known = new Set([...list.rows, ...list.held].map(idOf));
  return {
    rows: [...list.rows, ...page.rows.filter((row) => !known.has(idOf(row)))],
    held: list.held,
    nextCursor: page.nextCursor,
  };
}

/** Draws what was held back. */
export function withHeldShown<Row>(list: GrowingList<Row>): GrowingList<Row> {
  return list.held.length === 0 ? list : { ...list, rows: [...list.held, ...list.rows], held: [] };
}
