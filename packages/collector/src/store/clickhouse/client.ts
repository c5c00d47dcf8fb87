/**
 * Speaks ClickHouse's HTTP interface, as far as the store needs it. A value never stands in a statement: it travels as a
 * typed parameter, beside it. A list travels as one parameter of JSON text (`listOf`).
 */
import { ReadTimeoutError, StoreUnavailableError } from "../store-errors.ts";
import { type ClickHouseAddress, shownAddress } from "./address.ts";

export type Parameters = Readonly<Record<string, string | number | bigint>>;

/** What a request is sent with beside its statement; `fetch` of the platform, or a test's. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface ClientOptions {
  readonly address: ClickHouseAddress;
  readonly fetch?: Fetch;
  /** After which a request is given up. Default 60 000. */
  readonly timeoutMs?: number;
}

/** Codes of ClickHouse that say: too slow, not wrong. */
const TIMEOUT_CODES: ReadonlySet<string> = new Set(["159", "160"]);
/** What one question may take of the server, in seconds. */
const MAX_EXECUTION_SECONDS = 20;

/** ClickHouse refused a statement. */
export class ClickHouseError extends StoreUnavailableError {
  /** ClickHouse's number of the error; empty when something before it answered. */
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

/** A list that was given as JSON text in the parameter of this name. */
export function listOf(name: string, type = "Array(String)"): string {
  return `JSONExtract({${name}:String}, '${type}')`;
}

export class ClickHouseClient {
  readonly address: ClickHouseAddress;
  readonly #fetch: Fetch;
  readonly #timeoutMs: number;

  constructor({ address, fetch = globalThis.fetch, timeoutMs = 60_000 }: ClientOptions) {
    this.address = address;
    this.#fetch = fetch;
    this.#timeoutMs = timeoutMs;
  }

  /** @throws ReadTimeoutError, ClickHouseError, StoreUnavailableError */
  async query<Row>(sql: string, parameters: Parameters = {}): Promise<Row[]> {
    const settings = {
      default_format: "JSONEachRow",
      output_format_json_quote_64bit_integers: "0",
      output_format_json_escape_forward_slashes: "0",
      max_execution_time: String(MAX_EXECUTION_SECONDS),
    };
    const text = await this.#send(settings, formOf(sql, parameters)).catch((error: unknown) => {
      if (!(error instanceof ClickHouseError && TIMEOUT_CODES.has(error.code))) throw error;
      throw new ReadTimeoutError("the question took too long: narrow it down");
    });
    return text === "" ? [] : (JSON.parse(`[${text.trimEnd().replaceAll("\n", ",")}]`) as Row[]);
  }

  /** A statement that answers nothing. */
  async command(sql: string, parameters: Parameters = {}, settings: Readonly<Record<string, string>> = {}) {
    await this.#send(settings, formOf(sql, parameters));
  }

  /**
   * Inserts rows as one block. Resolves when the table has them; with a cluster, when a quorum of its nodes has.
   * @param rows JSON, an object a row
   */
  async insert(table: string, rows: readonly string[]): Promise<void> {
    const settings = {
      query: `INSERT INTO ${table} FORMAT JSONEachRow`,
      // Each of these has a default that would answer before the rows are safe.
      async_insert: "0",
      wait_for_async_insert: "1",
      wait_end_of_query: "1",
      input_format_parallel_parsing: "0",
      ...(this.address.cluster !== undefined && { insert_quorum: "auto", insert_quorum_parallel: "1" }),
    };
    await this.#send(settings, rows.join("\n"));
  }

  async #send(settings: Readonly<Record<string, string>>, body: FormData | string): Promise<string> {
    const { url, user, password, database } = this.address;
    const query = new URLSearchParams({ database, ...settings });
    const response = await this.#fetch(`${url}?${query.toString()}`, {
      method: "POST",
      body,
      headers: { "x-clickhouse-user": user, "x-clickhouse-key": password },
      signal: AbortSignal.timeout(this.#timeoutMs),
      redirect: "error",
    }).catch((error: unknown) => {
      throw new StoreUnavailableError(`${shownAddress(this.address)} can't be reached: ${reasonOf(error)}`);
    });
    const text = await response.text().catch((error: unknown) => {
      throw new StoreUnavailableError(`${shownAddress(this.address)} broke off its answer: ${reasonOf(error)}`);
    });
    const code = response.headers.get("x-clickhouse-exception-code") ?? "";
    if (response.ok && code === "") return text;
    throw new ClickHouseError(`${shownAddress(this.address)} refused: ${explained(text, response.status)}`, code);
  }
}

/** The parts by which ClickHouse takes a statement with parameters of any length. */
function formOf(sql: string, parameters: Parameters): FormData {
  const form = new FormData();
  form.set("query", sql);
  for (const [name, value] of Object.entries(parameters)) form.set(`param_${name}`, parameterText(value));
  return form;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\0": "\\0",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** As ClickHouse reads a parameter: a field of a tab-separated line. */
function parameterText(value: string | number | bigint): string {
  if (typeof value !== "string") return String(value);
  return value.replace(/[\\\0\b\f\n\r\t]/g, (character) => ESCAPES[character]!);
}

/** The first sentence, without what it quotes: the rest may repeat the statement, and what is quoted is often a value. */
function explained(text: string, status: number): string {
  const said = /DB::Exception: ([^\n]{1,300})/.exec(text)?.[1] ?? `it answered ${status}`;
  return said.replace(/ \(version .*$/, "").replace(/'[^']*'?/g, "'…'");
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  return cause instanceof Error && cause.message !== "" ? cause.message : message;
}
