/**
 * Completes `package-lock.json` after an `npm install`: a registry mirror that lacks a tool's builds for other platforms
 * makes npm leave them out of the lock, and `npm ci` then refuses the lock as out of step. What is missing is added by
 * name and exact version, with the platform that its name says; npm fetches it only there.
 * `node scripts/complete-lock.mjs --check` only looks.
 */
import { readFileSync, writeFileSync } from "node:fs";

const SYSTEMS = {
  darwin: "darwin",
  linux: "linux",
  win32: "win32",
  windows: "win32",
  android: "android",
  freebsd: "freebsd",
  openbsd: "openbsd",
  netbsd: "netbsd",
  sunos: "sunos",
  aix: "aix",
  openharmony: "openharmony",
  linuxmusl: "linux",
};
const PROCESSORS = ["arm64", "x64", "ia32", "arm", "riscv64", "s390x", "ppc64", "loong64", "mips64el", "wasm32"];

const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
const missing = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (!path.startsWith("node_modules/") || isResolved(path, name)) continue;
    missing.push([`node_modules/${name}`, platformEntry(name, version, entry)]);
  }
}

if (process.argv.includes("--check")) {
  for (const [path] of missing) console.error(`package-lock.json lacks ${path}: run node scripts/complete-lock.mjs`);
  process.exit(missing.length === 0 ? 0 : 1);
}
for (const [path, entry] of missing) lock.packages[path] = entry;
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync("package-lock.json", `${JSON.stringify(lock, null, 2)}\n`);
console.log(`package-lock.json: ${missing.length} builds for other platforms added`);

/** As Node resolves: beside, or in any folder above. */
function isResolved(path, name) {
  for (let at = path; ; at = at.slice(0, at.lastIndexOf("/node_modules/"))) {
    if (`${at}/node_modules/${name}` in lock.packages) return true;
    if (!at.includes("/node_modules/")) return `node_modules/${name}` in lock.packages;
  }
}

function platformEntry(name, version, parent) {
  const words = name.split(/[/@.-]/);
  const os = words.map((word) => SYSTEMS[word]).filter(Boolean);
  const cpu = words.filter((word) => PROCESSORS.includes(word));
  if (!/^\d/.test(version) || (os.length === 0 && cpu.length === 0)) {
    throw new Error(`expected a platform's build of an exact version, got ${name}@${version}`);
  }
  const libc = words.some((word) => /musl/.test(word))
    ? ["musl"]
    : words.some((word) => /gnu/.test(word))
      ? ["glibc"]
      : undefined;
  return {
    version,
    ...(cpu.length > 0 ? { cpu } : {}),
    ...(parent.dev ? { dev: true } : {}),
    ...(libc ? { libc } : {}),
    optional: true,
    ...(os.length > 0 ? { os } : {}),
  };
}
