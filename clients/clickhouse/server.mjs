/**
 * ClickHouse's engine behind its HTTP interface, as far as the collector's store speaks it: statements with parameters as
 * a form, rows as a body, settings in the URL, an exception's number in a header. Prints its port, ends with its input.
 * `node server.mjs [directory]`
 */

import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drainPending, Session } from "chdb";

const directory = process.argv[2] ?? mkdtempSync(join(tmpdir(), "everspan-clickhouse-"));
const session = new Session(directory, { connectionArgs: ["--max_threads=1", "--mutations_sync=2"] });

/** What only ClickHouse's HTTP server knows, and what is not a setting. */
const NOT_OF_THE_ENGINE = new Set(["database", "query", "default_format", "wait_end_of_query"]);
const SETTING = /^[a-z0-9_]+$/;
const VALUE = /^[A-Za-z0-9_]+$/;
const UNESCAPED = { 0: "\0", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const DATABASE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A parameter is a field of a tab-separated line. */
function parameterOf(text) {
  return text.replace(/\\(.)/gs, (_escape, character) => UNESCAPED[character] ?? character);
}

function settingsOf(url) {
  const settings = [...url.searchParams].filter(([name]) => !NOT_OF_THE_ENGINE.has(name));
  for (const [name, value] of settings) {
    if (!SETTING.test(name) || !VALUE.test(value)) throw new Error(`a setting that is none: ${name}`);
  }
  return Object.fromEntries(settings);
}

let current = "default";

/** The engine's connection has one database: a request for another one waits until it is chosen. */
async function use(database) {
  if (!DATABASE.test(database)) throw new Error("a database that is none");
  if (database === current) return;
  await session.queryAsync(`USE ${database}`);
  current = database;
}

async function answer(url, contentType, body) {
  await use(url.searchParams.get("database") ?? "default");
  const settings = settingsOf(url);
  const insert = /^INSERT INTO (\w+) FORMAT JSONEachRow$/.exec(url.searchParams.get("query") ?? "");
  if (insert !== null) {
    await session.insert({ table: insert[1], values: body, format: "JSONEachRow", settings });
    return "";
  }
  const form = await new Response(body, { headers: { "content-type": contentType } }).formData();
  const parameters = {};
  for (const [name, value] of form) {
    if (name.startsWith("param_")) parameters[name.slice("param_".length)] = parameterOf(value);
  }
  const clause = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  const sql = form.get("query");
  const isPlain = clause.length === 0 || /^\s*(CREATE|DROP|TRUNCATE)/.test(sql);
  const statement = isPlain ? sql : `${sql} SETTINGS ${clause.join(", ")}`;
  const format = url.searchParams.get("default_format") ?? "TabSeparated";
  const result = await session.queryBindAsync(statement, parameters, { format });
  return result.bytes();
}

// One after another: the engine has one connection, and one database that it is at.
let last = Promise.resolve();

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const url = new URL(request.url, "http://localhost");
    last = last
      .then(() => answer(url, request.headers["content-type"] ?? "", Buffer.concat(chunks)))
      .then(
        (bytes) => response.end(bytes),
        (error) => {
          const code = /Code: (\d+)/.exec(error.message)?.[1] ?? "1002";
          response.writeHead(500, { "x-clickhouse-exception-code": code }).end(error.message);
          if (process.env.SHOW_ERRORS) console.error(error.message.slice(0, 2000));
        },
      );
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));

process.stdin.resume();
process.stdin.on("end", async () => {
  server.close();
  server.closeAllConnections();
  await last;
  session.close();
  await drainPending();
  if (process.argv[2] === undefined) rmSync(directory, { recursive: true, force: true });
  process.exit(0);
});
