import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DatabaseSync } from "../store/sqlite/schema/sqlite.ts";
import { CollectorFixture, sgpItem } from "../testing/collector-fixture.ts";
import { backup, restore } from "./backup.ts";
import { examine, examineNode } from "./doctor.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "everspan-operations-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const put = (fixture: CollectorFixture, id: string) =>
  fixture.send("PUT", "/v5/spans/batch", { items: [sgpItem({ id, input: { text: `${id} `.repeat(500) } })] });

describe("a backup", () => {
  test("is taken while the collector runs and writes, and comes back whole", async () => {
    const fixture = await CollectorFixture.start();
    const copy = join(root, "it's a backup.db");
    for (let i = 0; i < 20; i++) expect((await put(fixture, `before-${i}`)).status).toBe(200);
    const writing = Promise.all(Array.from({ length: 20 }, (_, i) => put(fixture, `during-${i}`)));
    expect(backup(copy, fixture.directory)).toBe(0);
    await writing;
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    expect(() => backup(copy, fixture.directory)).toThrow(/overwrites nothing/);
    expect(() => restore(copy, fixture.directory, true)).toThrow(/in use by another collector/);
    await fixture.stop();
    const data = join(root, "data");
    expect(restore(copy, data, false)).toBe(0);
    expect(() => restore(copy, data, false)).toThrow(/--replace/);
    expect(restore(copy, data, true)).toBe(0);
    const restored = await CollectorFixture.start({ dataDirectory: data });
    for (let i = 0; i < 20; i++) {
      const span = (await (await restored.get(`/v5/spans/before-${i}`)).json()) as { input: { text: string } };
      expect(span.input.text).toBe(`before-${i} `.repeat(500));
    }
    await restored.stop();
  });

  test("X28 a file that is no store, or a damaged one, is not restored, and what was there stays", async () => {
    const fixture = await CollectorFixture.start();
    expect((await put(fixture, "kept")).status).toBe(200);
    const good = join(root, "good.db");
    backup(good, fixture.directory);
    const { directory } = fixture;
    await fixture.collector.close();
    const before = readFileSync(join(directory, "everspan.db"));
    const text = join(root, "text");
    writeFileSync(text, "no database at all");
    const foreign = join(root, "foreign.db");
    const database = new DatabaseSync(foreign);
    database.exec("CREATE TABLE spans (a)");
    database.close();
    const cut = join(root, "cut.db");
    writeFileSync(cut, readFileSync(good).subarray(0, -8192));
    for (const path of [text, foreign, cut, join(root, "absent")]) {
      expect(() => restore(path, directory, true), path).toThrow();
      expect(readFileSync(join(directory, "everspan.db")).equals(before)).toBe(true);
    }
    await fixture.stop();
  });
});

describe("the doctor", () => {
  const levels = async (data: string, url: string, token?: string) =>
    (await examine({ data, url, token })).map(({ level, text }) => `${level}: ${text}`).join("\n");

  test("finds nothing wrong with a collector that works, and names what it can't see without a token", async () => {
    const fixture = await CollectorFixture.start({ token: "secret token" });
    const { url } = fixture.collector;
    expect((await put(fixture, "x")).status).toBe(401);
    const blind = await levels(fixture.directory, url);
    expect(blind).toContain("warning: it asks for a token");
    const seeing = await levels(fixture.directory, url, "secret token");
    expect(seeing).toContain(`ok: a collector answers at ${url}`);
    expect(seeing).toContain("its pages are whole");
    expect(seeing).not.toMatch(/^problem/m);
    expect(seeing).not.toContain("secret token");
    await fixture.stop();
  });

  test("says which producer loses records, and why", async () => {
    const fixture = await CollectorFixture.start();
    const ledger = { created: 9, delivered: 2, dropped: { queue_full: 7 } };
    const producer = { id: "ab".repeat(16), batch: 1, lastSeq: 0, ledger };
    const report = { format: "everspan/1", producer };
    expect((await fixture.send("POST", "/v1/everspan/heartbeat", report)).status).toBe(200);
    expect(await levels(fixture.directory, fixture.collector.url)).toContain(
      "warning: producer abababab of an unnamed service lost records: 7 by queue_full",
    );
    await fixture.stop();
  });

  test("says that nothing answers, that a store is damaged, and what is too old", async () => {
    writeFileSync(join(root, "everspan.db"), "nonsense".repeat(1000));
    const text = await levels(root, "http://127.0.0.1:1");
    expect(text).toContain("warning: no collector answers");
    expect(text).toMatch(/^problem: the data directory: /m);
    expect(examineNode("18.20.0", Date.UTC(1970, 0, 2)).map(({ level }) => level)).toEqual(["problem", "problem"]);
  });
});
