/** The tests over sources in which one guard is taken out while they are loaded: `PLANTED_GUARD` says which. No file is changed. */
import { fileURLToPath } from "node:url";
import { defineConfig, mergeConfig } from "vitest/config";
import base from "../../vitest.config.ts";
import { guardNamed, withoutGuard } from "./guards.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const name = process.env.PLANTED_GUARD ?? "";
const guard = name === "" ? undefined : guardNamed(name);

const plugin = {
  name: "planted-guard",
  enforce: "pre",
  transform: (code, id) =>
    guard !== undefined && id.split("?")[0] === `${root}${guard.file}` ? withoutGuard(guard, code) : undefined,
};

export default mergeConfig(base, defineConfig({ root, plugins: [plugin] }));
