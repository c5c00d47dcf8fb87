/** The SQLite binding under the names used here: it has the interface of `node:sqlite`, which Node 20 lacks. */
import type { DatabaseSyncInstance, StatementSyncInstance } from "@photostructure/sqlite";

export { DatabaseSync } from "@photostructure/sqlite";

export type Database = DatabaseSyncInstance;
/**
 * A statement that changes a row and gives none is called by `get` where many are: `run` puts together what it changed,
 * and takes half as long again for an answer that nobody reads.
 */
export type Statement = StatementSyncInstance;

/** What is bound to a parameter of a statement. */
export type SqlValue = string | number | null;
