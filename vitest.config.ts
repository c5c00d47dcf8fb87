import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";
import tsconfig from "./tsconfig.base.json" with { type: "json" };

/** One list of source aliases for the type checker and the tests: tests run the sources, never a stale build. */
const alias = Object.entries(tsconfig.compilerOptions.paths).map(([name, [path]]) => ({
  find: new RegExp(`^${name.replaceAll("/", "\\/")}$`),
  replacement: fileURLToPath(new URL(path as string, import.meta.url)),
}));

/** Files that whole runs in other places leave out, by `scripts/known-failures.mjs`: projects don't take `--exclude`. */
const leftOut = (process.env.EVERSPAN_TESTS_LEFT_OUT ?? "").split(",").filter(Boolean);

/** Tests of rooms that keep nothing between tests and ask nothing of the process. */
const PURE = [
  "packages/{protocol,reading,viewer}/src/**/*.test.{ts,tsx}",
  "packages/sdk/src/{encoding,redaction,processors}/**/*.test.ts",
];

export default defineConfig({
  resolve: { alias },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "sources",
          include: ["packages/*/src/**/*.test.{ts,tsx}", "examples/*/src/**/*.test.ts", "scripts/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...leftOut, ...PURE],
        },
      },
      {
        extends: true,
        // Nothing here outlives its file, so the modules need not be loaded anew for each: half the time.
        test: {
          name: "pure sources",
          include: PURE,
          exclude: [...configDefaults.exclude, ...leftOut],
          isolate: false,
        },
      },
      {
        extends: true,
        // These run what is built: a build that is older than its sources is made anew first.
        test: {
          name: "e2e",
          include: ["e2e/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...leftOut],
          globalSetup: "e2e/fresh-build.mjs",
        },
      },
    ],
    // By default one core is left idle; on a machine of two that would be half of it.
    maxWorkers: "100%",
    // These end what hangs. A loaded machine is slow, not wrong: ten times slower than an idle one is nothing unusual.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
