/** `everspan init` in folders of their own: what it says, writes, leaves and takes back. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { init } from "./init.ts";

let directory: string;
let said: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "everspan-init-"));
  said = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    said += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(directory, { recursive: true });
});

function project(files: Readonly<Record<string, string | object>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), typeof content === "string" ? content : JSON.stringify(content, null, 4));
  }
}

/** Every file and what is in it. */
function contents(): Record<string, string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map((path) => [path.slice(directory.length + 1), readFileSync(path, "utf8")]));
}

const NODE = {
  "package.json": {
    name: "shop",
    type: "module",
    scripts: { start: "node server.js --port 1", dev: "tsx watch src/a.ts", test: "vitest" },
  },
  "pnpm-lock.yaml": "",
};
const NEXT = {
  "package.json": { name: "site", dependencies: { next: "16", ai: "7" } },
  "src/app/page.tsx": "",
  "tsconfig.json": "{}",
};

const NEXT_JS = { name: "site", dependencies: { next: "16" } };
const NEST = {
  dependencies: { "@nestjs/core": "12", typescript: "6" },
  scripts: { start: "nest start", "start:prod": "cross-env A=1 B= node dist/main", build: "nest build" },
};

test.each([
  ["Node.js", NODE],
  ["Next.js", NEXT],
  ["Next.js in JavaScript, with variables of its own", { "package.json": NEXT_JS, ".env.local": "SECRET=1" }],
  ["CommonJS", { "package.json": { name: "old", scripts: { start: "NODE_ENV=production node index.js" } } }],
  ["NestJS", { "package.json": NEST, "yarn.lock": "" }],
  ["a program without scripts", { "package.json": {} }],
])("%s: a dry run writes nothing, and an undo leaves every byte as it was", async (_, files) => {
  project(files);
  const before = contents();
  expect(await init([directory, "--dry-run"])).toBe(0);
  expect(contents()).toEqual(before);
  expect(await init([directory])).toBe(0);
  expect(contents()).not.toEqual(before);
  expect(await init([directory, "--undo"])).toBe(0);
  expect(contents()).toEqual(before);
});

test("Node.js: scripts that start it load the registration, and the rest of package.json stays", async () => {
  project(NODE);
  await init([directory]);
  const { "package.json": manifest, "everspan.mjs": registration } = contents();
  expect(JSON.parse(manifest!).scripts).toEqual({
    start: "node --import ./everspan.mjs server.js --port 1",
    dev: "tsx watch --import ./everspan.mjs src/a.ts",
    test: "vitest",
  });
  expect(registration).toContain('await import("everspan/register")');
  expect(said).toMatch(/This is a Node.js project in JavaScript of ECMAScript modules\./);
  expect(said).toMatch(/pnpm add everspan/);
});

test("Next.js: instrumentation stands beside the application, for the AI SDK too", async () => {
  project(NEXT);
  await init([directory]);
  const { "src/instrumentation.ts": instrumentation, ".env.local": variables } = contents();
  expect(instrumentation).toContain("everspan/ai");
  expect(variables).toBe("EVERSPAN_COLLECTOR_URL=http://127.0.0.1:4318\n");
});

test("what somebody wrote is never overwritten, nor undone; what it would hold is said", async () => {
  project({ ...NEXT, "src/instrumentation.ts": "mine", ".env.local": "EVERSPAN_COLLECTOR_URL=https://ours\n" });
  const before = contents();
  await init([directory]);
  expect(contents()).toEqual(before);
  expect(said).toMatch(/Left src\/instrumentation.ts: there is one, which is left as it is. What it would hold:/);
  expect(said).toMatch(/^export async function register/m);
  expect(await init([directory, "--undo"])).toBe(0);
  expect(said).toMatch(/Nothing was written here/);
});

test("a line is added to variables that are there, once, and what else they say is written nowhere", async () => {
  project({ "package.json": NEXT_JS, ".env.local": "SECRET=of-mine" });
  await init([directory]);
  await init([directory]);
  const { ".env.local": variables, ".everspan/init.json": record } = contents();
  expect(variables).toBe("SECRET=of-mine\nEVERSPAN_COLLECTOR_URL=http://127.0.0.1:4318\n");
  expect(record + said).not.toContain("of-mine");
  writeFileSync(join(directory, ".env.local"), "OTHER=2\n");
  expect(await init([directory, "--undo"])).toBe(1);
  expect(said).toMatch(/Left .env.local: it was changed since\./);
});

test.each([
  ["node server.js", "node --import ./everspan.mjs server.js"],
  ["node --watch server.js", "node --import ./everspan.mjs --watch server.js"],
  ["NODE_ENV=production PORT=1 node a.js", "NODE_ENV=production PORT=1 node --import ./everspan.mjs a.js"],
  ["cross-env A= tsx watch a.ts", "cross-env A= tsx watch --import ./everspan.mjs a.ts"],
  ["nodemon a.js", "nodemon a.js"],
  ["A=$(cat b) node a.js", "A=$(cat b) node a.js"],
  ["node --import ./everspan.mjs a.js", "node --import ./everspan.mjs a.js"],
])("the script %j becomes %j", async (script, changed) => {
  project({ "package.json": { scripts: { start: script } } });
  await init([directory]);
  expect(JSON.parse(contents()["package.json"]!).scripts.start).toBe(changed);
});

test("what was changed after it was written is left by an undo, and said", async () => {
  project(NODE);
  await init([directory]);
  writeFileSync(join(directory, "everspan.mjs"), "mine now");
  expect(await init([directory, "--undo"])).toBe(1);
  expect(contents()["everspan.mjs"]).toBe("mine now");
  expect(JSON.parse(contents()["package.json"]!)).toEqual(NODE["package.json"]);
  expect(said).toMatch(/Left everspan.mjs: it was changed since/);
});

test("a second time changes nothing, and one undo is enough", async () => {
  project(NODE);
  const before = contents();
  await init([directory]);
  const after = contents();
  await init([directory]);
  expect(contents()).toEqual(after);
  await init([directory, "--undo"]);
  expect(contents()).toEqual(before);
});

test.each([
  [{}, /expected a package.json/],
  [{ "package.json": "{" }, /expected package.json to be an object/],
])("a folder without a project gets a sentence", async (files, message) => {
  project(files);
  await expect(init([directory])).rejects.toThrow(message);
});
