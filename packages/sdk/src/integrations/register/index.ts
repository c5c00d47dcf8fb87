/**
 * `everspan/register`: traces a program that was not changed.
 *
 * ```sh
 * node --import everspan/register agent.js   # or: npx everspan run -- node agent.js
 * ```
 *
 * Clients of OpenAI, Anthropic, Groq, Mistral, Ollama, Cohere, Google and Bedrock, LangChain, the OpenAI Agents SDK, clients of
 * the Model Context Protocol and the AI SDK 7 are observed when the program loads them; where none is, requests to a model by
 * `fetch` are spans without their contents. Spans go where the environment says, see `tracerFromEnv`.
 */
import { registerProcess } from "./register-process.ts";

export { registerProcess } from "./register-process.ts";

registerProcess();
