/** The Chromium that npm brought, with the fonts that npm brought: the same page has the same pixels on every machine. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import chromium from "@sparticuz/chromium";
import { type Browser, chromium as playwright } from "playwright-core";

const FONTS = join(dirname(createRequire(import.meta.url).resolve("dejavu-fonts-ttf/package.json")), "ttf");

/** @param address what is told as it in pages, and where it is in truth, as `host:port` each */
export async function launchBrowser(address?: { readonly shown: string; readonly real: string }): Promise<Browser> {
  const folder = mkdtempSync(join(tmpdir(), "viewer-fonts-"));
  writeFileSync(join(folder, "fonts.conf"), fontConfiguration(folder));
  return playwright.launch({
    executablePath: await chromium.executablePath(),
    // In one process it could have only one page in its life.
    args: [
      ...chromium.args.filter((argument) => argument !== "--single-process"),
      "--no-sandbox",
      ...(address === undefined ? [] : [`--host-resolver-rules=MAP ${address.shown} ${address.real}`]),
    ],
    env: { ...process.env, FONTCONFIG_FILE: join(folder, "fonts.conf") } as Record<string, string>,
  });
}

/** No font but these, and the names that the style sheet asks for first. */
function fontConfiguration(folder: string): string {
  const alias = (family: string, font: string) =>
    `<alias binding="same"><family>${family}</family><prefer><family>${font}</family></prefer></alias>`;
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
<dir>${FONTS}</dir>
<cachedir>${folder}</cachedir>
<selectfont><rejectfont>${["Serif", "Condensed", "Math", "ExtraLight"].map((part) => `<glob>*${part}*</glob>`).join("")}</rejectfont></selectfont>
${alias("system-ui", "DejaVu Sans")}${alias("sans-serif", "DejaVu Sans")}${alias("monospace", "DejaVu Sans Mono")}
</fontconfig>
`;
}
