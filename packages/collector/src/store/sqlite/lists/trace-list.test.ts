import { afterEach, beforeEach, expect, test } from "vitest";
import { snapshot } from "../../trace-store.contract.ts";
import { SqliteTraceStore } from "../sqlite-trace-store.ts";

const P = "project";
/** More than a list looks up one by one. */
const MANY = 2010;

let store: SqliteTraceStore;
beforeEach(async () => {
  store = new SqliteTraceStore({ path: ":memory:" });
  const names = Array.from({ length: MANY }, (_, at) => `Agent_ ${at}`);
  // The last of them is written in letters of full width, which are the same letters to who searches.
  names.push("no such thing", "Agentx 1", "\uff21\uff27\uff25\uff2e\uff34 wide");
  await store.write(
    P,
    names.map((name, at) =>
      snapshot({ id: `s${at}`, traceId: `t${at}`, name, startTime: new Date(at * 1000).toISOString() }),
    ),
  );
});
afterEach(() => store.close());

const namesOf = async (query: object) => {
  const { traces } = await store.listTraces(P, { limit: 3000, ...query });
  return traces.map(({ name }) => name);
};

test("a text that many names have is found in each of them, whatever its letters look like", async () => {
  const found = await namesOf({ text: "aGent" });
  expect(found).toHaveLength(MANY + 2);
  expect(found.slice(0, 3)).toEqual(["\uff21\uff27\uff25\uff2e\uff34 wide", "Agentx 1", `Agent_ ${MANY - 1}`]);
  expect(await namesOf({ text: "\uff21gent" })).toEqual(found);
  expect(await namesOf({ text: "agent", sort: "startTime", limit: 1 })).toEqual(["Agent_ 0"]);
});

test("its signs are none of a pattern's", async () => {
  expect(await namesOf({ text: "T_ " })).toHaveLength(MANY);
});

test("what a trace is called and what was said in it may be the word for its status", async () => {
  const messages = [{ role: "user", content: "OK" }];
  await store.write(P, [
    snapshot({ id: "r", traceId: "ok", name: "OK", input: { messages }, output: "OK", service: { name: "OK" } }),
  ]);
  const { traces } = await store.listTraces(P, { limit: 1, service: "OK" });
  expect(traces).toMatchObject([{ name: "OK", service: "OK", status: "OK", asked: "OK", answered: "OK" }]);
});
