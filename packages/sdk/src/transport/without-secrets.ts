import { REDACTED, type Secret } from "./secret.ts";

/** A shorter text would be found by chance in an innocent message. */
const MIN_REDACTABLE_CHARS = 6;
/** A part of a longer value: `Bearer KEY`, `Api-Key=KEY, scope=x`. Schemes and names are no secrets. */
const MIN_PART_CHARS = 8;
const PARTS = /[\s,;=:"']+/;
const SCHEME = /^(?:bearer|basic|digest|negotiate|token|api-?key|x-[a-z-]+|authorization)$/i;

/** The text without these credentials, for what a server said and may have echoed. */
export function withoutSecrets(text: string, secrets: readonly Secret[]): string {
  return (
    secrets
      .map((secret) => secret.prefixed("").reveal())
      .filter((value) => value.length >= MIN_REDACTABLE_CHARS)
      .flatMap(spellingsOf)
      // The longest first: one that is a part of another would leave the rest of that.
      .sort((a, b) => b.length - a.length)
      .reduce((redacted, spelling) => redacted.replaceAll(spelling, REDACTED), text)
  );
}

/** What a server may echo of the value: all of it, the key in it, the password of a `Basic`. */
function spellingsOf(value: string): string[] {
  const spellings = new Set([value]);
  for (const part of value.split(PARTS)) {
    if (part.length >= MIN_PART_CHARS && !SCHEME.test(part)) spellings.add(part);
  }
  const basic = /^basic\s+([A-Za-z0-9+/=_-]+)$/i.exec(value.trim())?.[1];
  const pair = basic === undefined ? "" : Buffer.from(basic, "base64").toString("utf8");
  for (const part of [pair, pair.slice(pair.indexOf(":") + 1)]) {
    if (part.length >= MIN_REDACTABLE_CHARS) spellings.add(part);
  }
  return [...spellings];
}
