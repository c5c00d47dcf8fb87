/** Query builders run when the application awaits them, and once: in a span as outside. */
import assert from "node:assert/strict";
import http from "node:http";
import { test } from "node:test";
import { createClient } from "@supabase/supabase-js";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { drizzle } from "drizzle-orm/sqlite-proxy";
import { MemoryExporter, Tracer } from "everspan";
import makeKnex from "knex";
import mongoose from "mongoose";

/** Runs the same program bare and in each kind of span; what it logs must be the same. */
async function sameInEverySpan(program, check) {
  const seen = async (run) => {
    const log = [];
    await program(run, (...what) => log.push(what));
    return log;
  };
  const bare = await seen((fn) => fn());
  for (const way of ["span", "trace.span", "traced"]) {
    const exporter = new MemoryExporter();
    const tracer = new Tracer({ exporters: [exporter] });
    const run = (fn) => {
      if (way === "traced") return tracer.traced("db", fn)();
      return way === "span" ? tracer.span("db", fn) : tracer.startTrace().span("db", fn);
    };
    assert.deepEqual(await seen(run), bare, way);
    await tracer.flush();
    check(exporter.spans(), tracer);
  }
}

test("knex: a builder that is returned runs once, goes on being a builder, and fails as it does", async () => {
  class Client extends makeKnex.Client {
    constructor(config) {
      super(config);
      this.log = config.log;
    }
    _driver() {
      return {};
    }
    async acquireRawConnection() {
      return {};
    }
    async destroyRawConnection() {}
    validateConnection() {
      return true;
    }
    async _query(_connection, query) {
      this.log("ran", query.sql);
      if (query.sql.includes("missing")) throw new Error("no such table");
      return Object.assign(query, { response: [{ id: 1 }] });
    }
    processResponse({ response }) {
      return response;
    }
  }
  Object.assign(Client.prototype, { driverName: "scripted", dialect: "sqlite3" });
  await sameInEverySpan(
    async (run, log) => {
      const knex = makeKnex({ client: Client, connection: {}, log, useNullAsDefault: true });
      const builder = knex("orders").where({ id: 1 });
      const returned = run(() => builder);
      log(returned === builder, returned.toString(), returned.constructor.name);
      log(await returned.orderBy("id"));
      log(await run(async () => knex("orders").first()));
      await run(() => knex("missing")).catch((error) => log(error.message));
      run(() => knex("never awaited"));
      await knex.destroy();
    },
    (spans) => {
      const ended = spans.filter(({ phase }) => phase === "ended");
      assert.deepEqual(
        ended.map(({ status }) => status),
        ["OK", "OK", "ERROR"],
      );
      assert.deepEqual(ended[0].output, [{ id: 1 }]);
    },
  );
});

test("drizzle: a query promise runs once", async () => {
  const orders = sqliteTable("orders", { id: integer("id"), note: text("note") });
  await sameInEverySpan(
    async (run, log) => {
      const db = drizzle(async (sql, params, method) => {
        log("ran", sql, params, method);
        return { rows: [[1, "first"]] };
      });
      const query = db.select().from(orders);
      const returned = run(() => query);
      log(returned === query, returned.toSQL().sql);
      log(await returned);
      log(await run(() => db.insert(orders).values({ id: 2 }).returning()));
    },
    (spans) =>
      assert.deepEqual(
        spans.map(({ phase, output }) => [phase, output?.length]),
        [
          ["ended", 1],
          ["ended", 1],
        ],
      ),
  );
});

test("supabase-js: a request is sent once, by whoever awaits it", async () => {
  // Node 20 has no WebSocket, for which the client asks when it is made.
  const options = { auth: { persistSession: false }, realtime: { transport: class {} } };
  const requests = [];
  const server = http.createServer((request, reply) => {
    requests.push(`${request.method} ${request.url}`);
    reply.writeHead(200, { "content-type": "application/json" }).end('[{"id":1}]');
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  await sameInEverySpan(
    async (run, log) => {
      requests.length = 0;
      const supabase = createClient(`http://127.0.0.1:${server.address().port}`, "key", options);
      const query = supabase.from("orders").select("id");
      const returned = run(() => query);
      log(returned === query, requests.length);
      log((await returned.eq("id", 1)).data, [...requests]);
      log((await run(async () => await supabase.from("orders").insert({ id: 2 }))).status, [...requests]);
      run(() => supabase.from("orders").delete());
      log(requests.length);
    },
    (spans) => assert.equal(spans.filter(({ phase }) => phase === "ended").length, 2),
  );
  server.close();
});

test("mongoose: a query is executed once, by await or by exec", async () => {
  const Order = mongoose.model("Order", new mongoose.Schema({ note: String }));
  await sameInEverySpan(
    async (run, log) => {
      const plain = mongoose.Query.prototype._find;
      mongoose.Query.prototype._find = async function () {
        log("ran", this.getFilter());
        return [{ note: "first" }];
      };
      try {
        const query = Order.find({ note: "first" });
        const returned = run(() => query);
        log(returned === query, returned instanceof mongoose.Query, returned.getFilter());
        log(await returned);
        await returned.then(
          () => log("twice"),
          (error) => log(error.name),
        );
        log(await run(() => Order.find().exec()));
      } finally {
        mongoose.Query.prototype._find = plain;
      }
    },
    (spans) =>
      assert.deepEqual(
        spans.map(({ phase, output }) => [phase, output]),
        [
          ["ended", [{ note: "first" }]],
          ["ended", [{ note: "first" }]],
        ],
      ),
  );
});
