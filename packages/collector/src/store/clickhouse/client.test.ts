import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { ReadTimeoutError, StoreUnavailableError } from "../store-errors.ts";
import { parseClickHouseAddress, shownAddress } from "./address.ts";
import { ClickHouseClient } from "./client.ts";

const SECRET = "s3cret-of-the-store";

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

interface Seen {
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly form: FormData;
  readonly text: string;
}

async function serving(answer: (response: ServerResponse) => void, more = ""): Promise<[ClickHouseClient, Seen[]]> {
  const seen: Seen[] = [];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const type = request.headers["content-type"] ?? "";
    const isForm = type.startsWith("multipart/form-data");
    const form = isForm ? await new Response(body, { headers: { "content-type": type } }).formData() : new FormData();
    const url = new URL(request.url ?? "", "http://localhost");
    seen.push({ url, headers: request.headers, form, text: body.toString("utf8") });
    answer(response);
  });
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const address = parseClickHouseAddress(`clickhouse://writer:${SECRET}@127.0.0.1:${port}/traces${more}`);
  return [new ClickHouseClient({ address }), seen];
}

describe("an address", () => {
  test("has parts with usual values", () => {
    expect(parseClickHouseAddress("clickhouse://h")).toEqual({
      ...{ url: "http://h:8123/", user: "default", password: "", database: "everspan" },
    });
    expect(parseClickHouseAddress("clickhouse://a%40b:p%3Aw@h:1/d?secure=1&cluster=main")).toEqual({
      ...{ url: "https://h:1/", user: "a@b", password: "p:w", database: "d", cluster: "main" },
    });
  });

  test.each([
    "clickhouse://",
    `http://u:${SECRET}@h/d`,
    `clickhouse://u:${SECRET}@h/d;DROP`,
    `clickhouse://u:${SECRET}@h/d?cluster=a'b`,
    `clickhouse://u:${SECRET}@h/d?async=1`,
    `clickhouse://u:${SECRET}%zz@h/d`,
  ])("that is none is refused without its secret: %s", (text) => {
    expect(() => parseClickHouseAddress(text)).toThrow(/clickhouse:\/\/user:password@host/);
    expect(() => parseClickHouseAddress(text)).not.toThrow(SECRET);
  });

  test("is shown without user and password", () => {
    expect(shownAddress(parseClickHouseAddress(`clickhouse://u:${SECRET}@h:9/d`))).toBe(
      "ClickHouse at h:9, database d",
    );
  });
});

describe("a request", () => {
  test("keeps every value out of the statement, whatever it holds", async () => {
    const [client, seen] = await serving((response) => response.end('{"a":1}\n{"a":2}\n'));
    const hostile = "'; DROP TABLE spans --\t\n\\ \0 {x:String}";
    expect(await client.query("SELECT {text:String}", { text: hostile, count: 3 })).toEqual([{ a: 1 }, { a: 2 }]);
    const [{ form, headers, url }] = seen as [Seen];
    expect(form.get("query")).toBe("SELECT {text:String}");
    expect(form.get("param_text")).toBe("'; DROP TABLE spans --\\t\\n\\\\ \\0 {x:String}");
    expect(form.get("param_count")).toBe("3");
    expect(headers["x-clickhouse-key"]).toBe(SECRET);
    expect(url.search).not.toContain(SECRET);
    expect(url.searchParams.get("database")).toBe("traces");
  });

  test("that inserts says that an answer means stored, with a cluster by a quorum", async () => {
    const [client, seen] = await serving((response) => response.end(""), "?cluster=main");
    await client.insert("spans", ['{"a":1}', '{"a":2}']);
    const [{ url, text }] = seen as [Seen];
    expect(text).toBe('{"a":1}\n{"a":2}');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      query: "INSERT INTO spans FORMAT JSONEachRow",
      async_insert: "0",
      wait_for_async_insert: "1",
      wait_end_of_query: "1",
      insert_quorum: "auto",
    });
  });

  test("that is refused says why in one sentence, without secrets", async () => {
    const [client] = await serving((response) => {
      response.writeHead(403, { "x-clickhouse-exception-code": "516" });
      response.end("Code: 516. DB::Exception: writer: Authentication failed (version 26.7)\nstack");
    });
    const failure = await client.query("SELECT 1").catch((error: unknown) => error as Error);
    expect(failure).toBeInstanceOf(StoreUnavailableError);
    expect((failure as Error).message).toMatch(
      /^ClickHouse at 127\.0\.0\.1:\d+, database traces refused: writer: Auth/,
    );
    expect((failure as Error).message).not.toContain(SECRET);
    expect((failure as Error).message).not.toContain("version");
  });

  test("that is refused for a value does not repeat it: it may be a sender's", async () => {
    const [client] = await serving((response) => {
      response.writeHead(400, { "x-clickhouse-exception-code": "27" });
      response.end(`Code: 27. DB::Exception: Cannot parse input: expected ',' before: '${SECRET} and more`);
    });
    const failure = await client.insert("spans", ["{}"]).catch((error: unknown) => error as Error);
    expect((failure as Error).message).toMatch(/refused: Cannot parse input/);
    expect((failure as Error).message).not.toContain(SECRET);
  });

  test("fails also when the exception comes with a status of success", async () => {
    const [client] = await serving((response) => {
      response.writeHead(200, { "x-clickhouse-exception-code": "241" });
      response.end("Code: 241. DB::Exception: Memory limit exceeded");
    });
    await expect(client.insert("spans", ["{}"])).rejects.toThrow("Memory limit exceeded");
  });

  test("that takes too long is no failure of the store", async () => {
    const [client] = await serving((response) => {
      response.writeHead(500, { "x-clickhouse-exception-code": "159" });
      response.end("Code: 159. DB::Exception: Timeout exceeded");
    });
    await expect(client.query("SELECT sleep(9)")).rejects.toBeInstanceOf(ReadTimeoutError);
  });

  test("nobody answers says where", async () => {
    const address = parseClickHouseAddress(`clickhouse://u:${SECRET}@127.0.0.1:1/d`);
    const failure = new ClickHouseClient({ address }).query("SELECT 1");
    await expect(failure).rejects.toThrow("ClickHouse at 127.0.0.1:1, database d can't be reached");
    await expect(failure).rejects.not.toThrow(SECRET);
  });
});

describe("S17: what ClickHouse does not take whole and for good is not taken as stored", () => {
  const refused = (code: string, text: string) => (response: ServerResponse) => {
    response.writeHead(500, { "x-clickhouse-exception-code": code });
    response.end(`Code: ${code}. DB::Exception: ${text} (version 26.7)`);
  };
  test.each([
    ["too many parts", refused("252", "Too many parts (3000). Merges are processing slower than inserts")],
    ["too slow", refused("159", "Timeout exceeded: elapsed 30.1 seconds")],
    ["too few replicas", refused("285", "Number of alive replicas (1) is less than requested quorum (2/3)")],
    ["a replica that lags", refused("319", "Unknown status, client must retry: the quorum was not satisfied in time")],
    [
      "an insert that breaks in its midst, after a status of success",
      (response: ServerResponse) => {
        response.writeHead(200, { "content-length": "100" });
        response.write("x");
        setImmediate(() => response.destroy());
      },
    ],
    ["a server that goes away", (response: ServerResponse) => response.destroy()],
  ])("%s", async (_, answer) => {
    const [client] = await serving(answer, "?cluster=main");
    const failure = await client.insert("spans", ["{}"]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StoreUnavailableError);
    expect((failure as Error).message).toMatch(/^ClickHouse at 127[.]0[.]0[.]1:\d+, database traces /);
  });

  test("a server that never answers is given up", async () => {
    const address = (await serving(() => {}))[0].address;
    const client = new ClickHouseClient({ address, timeoutMs: 1 });
    await expect(client.insert("spans", ["{}"])).rejects.toBeInstanceOf(StoreUnavailableError);
  });
});
