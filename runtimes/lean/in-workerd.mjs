/** Cloudflare's runtime with one Worker, bundled as its tools bundle it, and a back end that the Worker knows. */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startBackEnd } from "./back-end.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { build } = createRequire(here("../../package.json"))("esbuild");
const WORKERD = here("../node_modules/@cloudflare/workerd-linux-64/bin/workerd");

/**
 * @param program the Worker's source
 * @param form its compatibility `flags` and `date`
 * @param test gets the Worker's address and the back end, which ends with it
 */
export async function inWorkerd(program, form, test) {
  const folder = await mkdtemp(join(tmpdir(), "everspan-workerd-"));
  const backEnd = await startBackEnd();
  await bundle(program, join(folder, "worker.js"));
  await writeFile(join(folder, "config.capnp"), configuration(form, backEnd.url));
  const { url, stop } = await serve(join(folder, "config.capnp"));
  try {
    await test(url, backEnd);
  } finally {
    await stop();
    backEnd.close();
    await rm(folder, { recursive: true });
  }
}

async function bundle(program, outfile) {
  await build({
    entryPoints: [program],
    bundle: true,
    format: "esm",
    minify: true,
    conditions: ["workerd", "worker", "browser"],
    external: ["node:*"],
    // The package as it is published, not the sources that the repository's own configuration maps it to.
    tsconfigRaw: {},
    logLevel: "error",
    outfile,
  });
}

function configuration({ flags, date }, backEnd) {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "${date}",
      compatibilityFlags = [${flags.map((flag) => `"${flag}"`).join(", ")}],
      bindings = [
        (name = "BACK_END", text = "${backEnd}"),
        (name = "EVERSPAN_COLLECTOR_URL", text = "${backEnd}"),
      ],
    )),
    (name = "internet", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;
}

/** @returns where it listens, which it says on a pipe of its own */
async function serve(config) {
  const child = spawn(WORKERD, ["serve", config, "--control-fd=3"], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  let said = "";
  for await (const chunk of child.stdio[3]) {
    said += chunk;
    if (said.includes("\n")) break;
  }
  const { port } = JSON.parse(said.split("\n")[0]);
  const stop = () => {
    child.kill("SIGKILL");
    return exited;
  };
  return { url: `http://127.0.0.1:${port}`, stop };
}
