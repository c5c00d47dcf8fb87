/** In the place of `node:crypto`: as much of it as the lean build uses. */
import { sha256Hex } from "./sha256.ts";

export function createHash(_algorithm: "sha256") {
  let all = "";
  const hashing = {
    update(text: string) {
      all += text;
      return hashing;
    },
    digest: (_form: "hex") => sha256Hex(all),
  };
  return hashing;
}

export function hash(_algorithm: "sha256", text: string): string {
  return sha256Hex(text);
}
