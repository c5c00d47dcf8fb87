/**
 * Columns that an older reader derived are derived again from the payloads: quietly after an upgrade, or because somebody
 * asks. In slices; the position is saved with what was changed, so a kill at any moment loses no more than a slice.
 */
import { snapshotOfStored } from "@everspan/protocol";
import { READER_VERSION } from "@everspan/reading";
import { deriveSpan } from "../../span-reading.ts";
import { bytesToId } from "../schema/id-bytes.ts";
import type { Statement } from "../schema/sqlite.ts";
import type { Tables } from "../tables.ts";
import { derivedColumns, SPAN_COLUMNS, type SpanRow } from "../writing/span-row.ts";
import { finish } from "../writing/steps.ts";

/** Stores of before said nothing: the first reader derived them. */
const FIRST_READER = 1;

const BEGINNING: Position = [0, 0, ""];
/** The key of a span: its trace, its start, its id in hex. */
type Position = readonly [trace: number, startMicros: number, spanHex: string];

export class Rederiver {
  readonly #tables: Tables;
  readonly #next: Statement;
  readonly #trace: Statement;
  readonly #get: Statement;
  readonly #set: Statement;
  #position: Position | undefined;
  /** Since the last restart, whoever asked for them. */
  #spans = 0;

  constructor(tables: Tables) {
    const { database } = tables;
    this.#tables = tables;
    this.#next = database.prepare(
      `SELECT ${SPAN_COLUMNS.join(", ")} FROM spans WHERE (trace, start_us, span) > (?, ?, ?) ORDER BY trace, start_us, span LIMIT 1`,
    );
    this.#trace = database.prepare("SELECT project, trace_id FROM traces WHERE trace = ?");
    this.#get = database.prepare("SELECT value FROM meta WHERE key = ?");
    this.#set = database.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)");
    const isNew = database.prepare("SELECT 1 FROM spans LIMIT 1").get() === undefined;
    // Whatever will be written is derived by this version.
    if (isNew && this.#read("derived_by") === undefined) this.#finish();
    const version = (this.#read("derived_by") as number | undefined) ?? FIRST_READER;
    if (version < READER_VERSION || this.#read("rederive_at") !== undefined) this.#position = this.#savedPosition();
  }

  get isDue(): boolean {
    return this.#position !== undefined;
  }

  get spans(): number {
    return this.#spans;
  }

  /** All spans again, whoever derived them. Within a transaction. */
  restart(): void {
    this.#position = BEGINNING;
    this.#spans = 0;
    this.#save(BEGINNING);
  }

  /** As many spans as there is time for. Within a transaction. @returns how many */
  some(deadlineMs: number, nowMs: number): number {
    const { traces, rollups } = this.#tables;
    let spans = 0;
    // Who waited for a turn may find that another has come to the end.
    if (this.#position === undefined) return spans;
    do {
      const row = this.#nextRow(this.#position);
      if (row === undefined) {
        this.#finish();
        break;
      }
      this.#derive(row);
      this.#position = [row.trace, row.start_us, Buffer.from(row.span).toString("hex")];
      spans += 1;
      this.#spans += 1;
    } while (performance.now() < deadlineMs);
    finish(this.#tables.writer.recount());
    finish(traces.save(nowMs));
    finish(rollups.save());
    if (this.#position !== undefined) this.#save(this.#position);
    return spans;
  }

  #nextRow([trace, startMicros, spanHex]: Position): SpanRow | undefined {
    return this.#next.get(trace, startMicros, Buffer.from(spanHex, "hex")) as unknown as SpanRow | undefined;
  }

  #derive(row: SpanRow): void {
    const { reader, words, pricing, writer } = this.#tables;
    const owner = this.#trace.get(row.trace) as unknown as { project: number; trace_id: Uint8Array } | undefined;
    if (owner === undefined) return;
    const traceId = bytesToId(owner.trace_id);
    const snapshot = snapshotOfStored(reader.spanOfRow(row.trace, traceId, row.start_us, row.span));
    const isCut = row.reading?.includes('"cut":true') === true;
    const columns = derivedColumns(snapshot, deriveSpan(snapshot, pricing), isCut, words);
    writer.replaceDerived(owner.project, traceId, row, columns);
  }

  #finish(): void {
    this.#position = undefined;
    this.#set.run("derived_by", READER_VERSION);
    this.#tables.database.exec("DELETE FROM meta WHERE key = 'rederive_at'");
  }

  #savedPosition(): Position {
    const saved = this.#read("rederive_at");
    return saved === undefined ? BEGINNING : (JSON.parse(String(saved)) as Position);
  }

  #save(position: Position): void {
    this.#set.run("rederive_at", JSON.stringify(position));
  }

  #read(key: string): unknown {
    return (this.#get.get(key) as { value: unknown } | undefined)?.value;
  }
}
