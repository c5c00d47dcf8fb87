import { cpSync, existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "tsdown";
import { writeSite } from "../../scripts/docs-site.ts";

/** The documents for users, which it serves under `/docs`. */
function writeDocuments(): void {
  writeSite(fileURLToPath(new URL("./dist/viewer/docs", import.meta.url)));
}

/** The viewer's build goes along with the collector's, so that the published package serves it. */
function copyViewer(): void {
  const built = fileURLToPath(new URL("../viewer/dist", import.meta.url));
  const target = fileURLToPath(new URL("./dist/viewer", import.meta.url));
  if (existsSync(built)) cpSync(built, target, { recursive: true });
  else console.warn("packages/viewer/dist is absent: the collector is built without its viewer");
}

export default defineConfig({
  entry: ["src/index.ts", "src/cli.ts", "src/worker.ts"],
  format: "esm",
  platform: "node",
  target: "node20.19",
  fixedExtension: false,
  dts: { entry: "src/index.ts" },
  tsconfig: "tsconfig.build.json",
  // The private workspaces are part of the package; what npm installs beside it is not.
  deps: { alwaysBundle: [/^@everspan\//], neverBundle: ["@photostructure/sqlite", "everspan"] },
  hooks: {
    "build:done": () => {
      copyViewer();
      writeDocuments();
    },
  },
});
