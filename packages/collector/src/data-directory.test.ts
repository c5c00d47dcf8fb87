import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type DataDirectory, defaultDataDirectory, openDataDirectory } from "./data-directory.ts";
import { CollectorFixture, sgpItem } from "./testing/collector-fixture.ts";

let root: string;
let opened: DataDirectory | undefined;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "everspan-data-"));
});
afterEach(() => {
  opened?.release();
  opened = undefined;
  rmSync(root, { recursive: true, force: true });
});

const open = (path = join(root, "data")) => {
  opened = openDataDirectory(path);
  return opened;
};

describe("X33 a directory that somebody prepared", () => {
  test.each(["everspan.db", "everspan.db-wal", "collector.lock", "collector.pid"])(
    "with %s as a link is refused, and what the link leads to stays as it was",
    (name) => {
      mkdirSync(join(root, "data"), { mode: 0o700 });
      const victim = join(root, "victim");
      for (const link of [symlinkSync, linkSync]) {
        writeFileSync(victim, "");
        link(victim, join(root, "data", name));
        expect(() => open()).toThrow(/link/);
        expect(readFileSync(victim, "utf8")).toBe("");
        rmSync(join(root, "data", name));
      }
    },
  );

  test("that is a link itself, or that others may write to, is refused", () => {
    mkdirSync(join(root, "elsewhere"), { mode: 0o700 });
    symlinkSync(join(root, "elsewhere"), join(root, "data"));
    expect(() => open()).toThrow(/is a link/);
    mkdirSync(join(root, "open"));
    chmodSync(join(root, "open"), 0o777);
    expect(() => open(join(root, "open"))).toThrow(/can be written by other users/);
  });

  test.runIf(process.getuid?.() === 0)("that belongs to another user is refused", async () => {
    const { chownSync } = await import("node:fs");
    mkdirSync(join(root, "data"), { mode: 0o700 });
    chownSync(join(root, "data"), 12345, 12345);
    expect(() => open()).toThrow(/belongs to another user/);
  });

  test("whose files others can read is closed to them", () => {
    mkdirSync(join(root, "data"), { mode: 0o700 });
    writeFileSync(join(root, "data", "everspan.db"), "", { mode: 0o644 });
    chmodSync(join(root, "data", "everspan.db"), 0o644);
    const { storePath } = open();
    expect(statSync(storePath).mode & 0o777).toBe(0o600);
  });
});

describe("S9 files that change behind a running collector", () => {
  test("are noticed: moved, deleted, replaced, and the lock as well", () => {
    const { storePath, problem, watch } = open();
    writeFileSync(storePath, "");
    watch();
    expect(problem()).toBeUndefined();
    renameSync(storePath, `${storePath}.moved`);
    expect(problem()).toMatch(/deleted or moved/);
    writeFileSync(storePath, "");
    expect(problem()).toMatch(/replaced/);
    renameSync(`${storePath}.moved`, storePath);
    expect(problem()).toBeUndefined();
    rmSync(join(root, "data", "collector.lock"));
    expect(problem()).toMatch(/collector\.lock was deleted/);
  });

  test("do not say that a store is gone which never lay there", () => {
    const { problem, watch } = open();
    watch();
    expect(problem()).toBeUndefined();
    rmSync(join(root, "data", "collector.lock"));
    expect(problem()).toMatch(/collector\.lock was deleted/);
  });

  test("make every write 503 with a cause, and nothing is answered with 2xx that the file of that name lacks", async () => {
    const fixture = await CollectorFixture.start();
    const put = (id: string) => fixture.send("PUT", "/v5/spans/batch", { items: [sgpItem({ id })] });
    expect((await put("before")).status).toBe(200);
    const path = join(fixture.directory, "everspan.db");
    renameSync(path, `${path}.moved`);
    const refused = await put("after");
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ error: { code: "STORE_UNAVAILABLE" } });
    expect((await fixture.get("/healthz")).status).toBe(503);
    renameSync(`${path}.moved`, path);
    expect((await put("again")).status).toBe(200);
    await fixture.stop();
  });
});

test("the default is the user's directory for data, whatever directory one stands in", () => {
  expect(defaultDataDirectory({}, "linux", "/h/u")).toBe("/h/u/.local/share/everspan");
  expect(defaultDataDirectory({ XDG_DATA_HOME: "/x" }, "linux", "/h/u")).toBe("/x/everspan");
  expect(defaultDataDirectory({ EVERSPAN_DATA: "/d", XDG_DATA_HOME: "/x" }, "linux", "/h/u")).toBe("/d");
  expect(defaultDataDirectory({}, "darwin", "/m/u")).toBe("/m/u/Library/Application Support/everspan");
  expect(defaultDataDirectory({ LOCALAPPDATA: "C:\\L" }, "win32", "C:\\u")).toContain("everspan");
});
