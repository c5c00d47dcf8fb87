/** Markdown, and what it takes to read it: loaded on its own. */
import { partOf } from "../frame/loaded-part.tsx";

export const markdown = partOf(() => import("./markdown.tsx"));
