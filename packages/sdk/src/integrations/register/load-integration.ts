import { createRequire } from "node:module";
import { extname } from "node:path";
import { memberOf } from "../../recording/following/members.ts";

/** By the names of the files into which they are built, beside this one. */
interface Integrations {
  readonly anthropic: typeof import("../anthropic/index.ts");
  readonly bedrock: typeof import("../bedrock/index.ts");
  readonly cohere: typeof import("../cohere/index.ts");
  readonly google: typeof import("../google/index.ts");
  readonly groq: typeof import("../groq/index.ts");
  readonly langchain: typeof import("../langchain/index.ts");
  readonly mcp: typeof import("../mcp/index.ts");
  readonly mistral: typeof import("../mistral/index.ts");
  readonly ollama: typeof import("../ollama/index.ts");
  readonly openai: typeof import("../openai/index.ts");
  readonly "openai-agents": typeof import("../openai-agents/index.ts");
}

/**
 * Within the turn: whoever imported what the integration observes runs next. ECMAScript modules are required too, so that
 * there is one copy of the SDK. Where Node was started without that (`--no-experimental-require-module`) it is the copy for
 * CommonJS, which records by the same default tracer.
 */
export function loadIntegration<Name extends keyof Integrations>(name: Name): Integrations[Name] {
  const load = createRequire(import.meta.url);
  try {
    return load(`./${name}${extname(import.meta.url)}`);
  } catch (error) {
    if (memberOf(error, "code") !== "ERR_REQUIRE_ESM") throw error;
    return load(`./${name}.cjs`);
  }
}
