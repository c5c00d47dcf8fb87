import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileFunction } from "node:vm";
import * as protocol from "@everspan/protocol";
import type { CoreConfig, CoreRecord, Outcomes } from "everspan/internals";
import type { CoreClass } from "./world.ts";

const CORE_FOLDER = fileURLToPath(new URL("../../../sdk/src/delivery/core/", import.meta.url));

/** A change of the core's source text that plants one bug. */
export interface Planting {
  /** A file of the core's folder. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

type Exports = Record<string, unknown>;

const compiled = new Map<string, string>();

/**
 * The core with one bug planted in its source: the real code needs no seams for it. Throws when the text to change is
 * not there any more, so that a mutant can't quietly become the original.
 */
export function mutatedCore(planting: Planting): CoreClass {
  const loaded = new Map<string, Exports>();
  const planted = join(CORE_FOLDER, planting.file);
  const load = (file: string): Exports => {
    const known = loaded.get(file);
    if (known !== undefined) return known;
    const exports: Exports = {};
    loaded.set(file, exports);
    const code = file === planted ? toCommonJs(plant(planting)) : originalOf(file);
    // What the core takes of another package is no place for a bug of the core.
    const require = (specifier: string) =>
      specifier === "@everspan/protocol" ? protocol : load(join(dirname(file), specifier));
    compileFunction(code, ["exports", "require"], { filename: file })(exports, require);
    return exports;
  };
  const Core = load(join(CORE_FOLDER, "delivery-core.ts")).DeliveryCore as CoreClass;
  const Made = load(join(CORE_FOLDER, "outcomes.ts")).Outcomes as typeof Outcomes;
  return class<R extends CoreRecord> extends Core<R> {
    constructor(config: CoreConfig<R>) {
      super(config);
      this.equip(Made);
    }
  };
}

function plant({ file, find, replace }: Planting): string {
  const source = sourceOf(join(CORE_FOLDER, file));
  const places = source.split(find).length - 1;
  if (places !== 1) throw new Error(`${file} has ${places} places for a bug instead of one:\n${find}`);
  return source.replace(find, () => replace);
}

function originalOf(file: string): string {
  const code = compiled.get(file) ?? toCommonJs(sourceOf(file));
  compiled.set(file, code);
  return code;
}

function sourceOf(file: string): string {
  return readFileSync(file, "utf8");
}

/** The compiler is loaded only by those who plant bugs: it takes a third of a second. */
function toCommonJs(source: string): string {
  const ts = createRequire(import.meta.url)("typescript") as typeof import("typescript");
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
  return ts.transpileModule(source, { compilerOptions }).outputText;
}
