/**
 * Puts the script that a page begins with into its head, before the viewer's own: a chunk that is loaded and run while the
 * others arrive. Vite makes one entry of all scripts that a page names itself, so it is named here.
 */
import type { HtmlTagDescriptor, Plugin } from "vite";

/** @param name of the entry @param source its address while the viewer is developed */
export function earlyScript(name: string, source: string): Plugin {
  return {
    name: "early-script",
    transformIndexHtml: {
      order: "post",
      handler(_, { bundle }) {
        if (bundle === undefined) return [script(source)];
        const chunk = Object.values(bundle).find((one) => one.type === "chunk" && one.isEntry && one.name === name);
        if (chunk === undefined) throw new Error(`There is no entry named ${name}.`);
        return [script(`/${chunk.fileName}`)];
      },
    },
  };
}

function script(src: string): HtmlTagDescriptor {
  return { tag: "script", attrs: { type: "module", async: true, crossorigin: true, src }, injectTo: "head-prepend" };
}
