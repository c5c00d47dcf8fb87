/** `node record-surface.mjs`: writes every method of every client by name, for `surface.test.mjs`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { KINDS } from "./kinds.mjs";
import { fileOf, surveyOf } from "./survey.mjs";

mkdirSync(new URL("surface/", import.meta.url), { recursive: true });
for (const name of KINDS.filter((kind) => !kind.endsWith("(Azure)"))) {
  writeFileSync(fileOf(name), `${surveyOf(name).methods.sort().join("\n")}\n`);
}
