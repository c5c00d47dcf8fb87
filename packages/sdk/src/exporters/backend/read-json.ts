import { parseJsonNumbers } from "@everspan/protocol";
import type { Body } from "../../encoding/body.ts";
import type { Backend } from "./backend.ts";

/**
 * Reads JSON; undefined when the back end answers 404. A number that no double holds is a `String` object with its digits:
 * other senders' spans have such ids.
 * @throws Error when it can't be read, with a message for people
 */
export async function readJson(backend: Backend, method: "GET" | "POST", path: string, body?: Body): Promise<unknown> {
  const text = await backend.readText(method, path, body);
  return text === undefined ? undefined : parseJsonNumbers(text);
}
