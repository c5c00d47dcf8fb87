/** Documents that repeat something say the same as their source. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ERROR_CODES } from "@everspan/protocol";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string) => readFileSync(`${root}${path}`, "utf8");

describe("docs/errors.md", () => {
  it("lists exactly the codes of the table, with its words", () => {
    const rows = [...read("docs/errors.md").matchAll(/^\| `(EVERSPAN_\w+)` \| (.+) \|$/gm)].map(([, code, text]) => [
      code,
      text,
    ]);
    expect(Object.fromEntries(rows)).toEqual(ERROR_CODES);
  });
});

describe("docs/adr", () => {
  it("lists every decision in its index", () => {
    const pages = readdirSync(`${root}docs/adr`).filter((name) => /^\d{4}-.*\.md$/.test(name));
    const listed = [...read("docs/adr/README.md").matchAll(/\]\((\d{4}-[\w-]+\.md)\)/g)].map(([, name]) => name);
    expect(listed.toSorted()).toEqual(pages.toSorted());
  });
});

describe("docs/guarantees.md", () => {
  it("names for each promise a test that exists", () => {
    const promises = [...read("docs/guarantees.md").matchAll(/^\| (?!promise|---)(.+?) \| `(.+?)` \| (.+?) \|$/gm)];
    expect(promises.length).toBeGreaterThan(15);
    for (const [, promise, file, test] of promises) {
      expect(read(file as string), `${promise}: ${file}`).toContain(test as string);
    }
  });
});

describe("docs/integrations/tested.md", () => {
  const SITUATIONS =
    "whole, streamed, tools, at the same time, sub-agents, errors, aborts, retries, going on, broken, left open";
  const [, ...sections] = read("docs/integrations/tested.md").split(/^## /m);

  it.each(sections.map((section) => [section.split("\n", 1)[0], section] as const))(
    "%s: names for each situation a test that exists, or says why there is none",
    (_, section) => {
      const sources = [...section.split("|", 1)[0]!.matchAll(/`(.+?)`/g)]
        .map(([, file]) => read(file as string))
        .join();
      const rows = [...section.matchAll(/^\| (?!situation)(.+?) \| (.+) \|$/gm)];
      expect(rows.map(([, situation]) => situation).join(", ")).toBe(SITUATIONS);
      for (const [, situation, tests] of rows) {
        if (/^—: \w/.test(tests!)) continue;
        for (const name of tests!.split(" · ")) expect(sources.includes(name), `${situation}: ${name}`).toBe(true);
      }
    },
  );
});

describe("SECURITY.md", () => {
  it("X39 claims of each item of the security checklist what the catalogue says, and names files that hold it", () => {
    const { faults } = JSON.parse(read("docs/faults.json")) as { faults: { id: string; later?: string }[] };
    const rows = [...read("SECURITY.md").matchAll(/^\| (X\d+) \| .+ \| (held by|to come:) (.+) \|$/gm)];
    const expected = faults.filter(({ id }) => id.startsWith("X"));
    expect(rows.map(([, id]) => id)).toEqual(expected.map(({ id }) => id));
    for (const [index, [, id, state, rest]] of rows.entries()) {
      const { later } = expected[index]!;
      if (later !== undefined) expect([state, rest]).toEqual(["to come:", later]);
      else
        for (const file of rest!.split(", ")) expect(read(file.slice(1, -1)), file).toMatch(new RegExp(`\\b${id}\\b`));
    }
  });
});

describe("the documents", () => {
  it("show an example's code as it stands in its file", () => {
    const pages = readdirSync(`${root}docs/integrations`).map((name) => `docs/integrations/${name}`);
    const shown = pages.flatMap((page) =>
      [...read(page).matchAll(/^```ts\n\/\/ (examples\/\S+)\n(.*?)^```$/gms)].map(([, file, code]) => ({ file, code })),
    );
    expect(shown.map(({ file }) => file)).toContain("examples/koa/app.ts");
    // Paragraphs may be left out between those that are shown.
    for (const { file, code } of shown)
      for (const paragraph of code!.split("\n\n")) expect(read(file!), file).toContain(paragraph.trim());
  });
});

describe("the packages", () => {
  const manifests = [...readdirSync(`${root}packages`).map((name) => `packages/${name}`), ""].map(
    (folder) =>
      JSON.parse(read(`${folder}${folder === "" ? "" : "/"}package.json`)) as Record<string, Record<string, string>>,
  );

  it("X35 run nothing at install time and come from the registry alone", () => {
    for (const { scripts = {}, dependencies = {}, devDependencies = {} } of manifests) {
      expect(Object.keys(scripts).filter((name) => /^(pre|post)?(install|prepare|prepublish|pack)/.test(name))).toEqual(
        [],
      );
      const ranges = Object.values({ ...dependencies, ...devDependencies });
      // A package of the registry may stand under another name: two versions of one beside each other.
      const named = ranges.map((range) => range.replace(/^npm:[a-z0-9-]+@/, ""));
      expect(named.filter((range) => /[:/]/.test(range))).toEqual([]);
    }
    expect(read(".npmrc")).toContain("ignore-scripts=true");
  });

  it("X35 leave the SDK without any dependency at run time", () => {
    const sdk = manifests.find(({ name }) => (name as unknown as string) === "everspan");
    expect(sdk?.dependencies).toBeUndefined();
    expect(Object.keys(sdk?.peerDependencies ?? {})).toEqual(["@opentelemetry/api"]);
  });
});

describe("README.md", () => {
  it("names only scripts that the manifest has", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const named = [...read("README.md").matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => name as string);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});
