/** Property names that say that their value is a credential, in any case and with any separators. */

/** The name ends so: OPENAI_API_KEY, dbPassword, x-auth-token. */
const ENDINGS = [
  "password",
  "passwd",
  "passphrase",
  "pwd",
  "secret",
  "secrets",
  "apikey",
  "apisecret",
  "apitoken",
  "accesskey",
  "accesskeyid",
  "secretkey",
  "secretaccesskey",
  "privatekey",
  "signingkey",
  "encryptionkey",
  "accountkey",
  "sharedkey",
  "masterkey",
  "accesstoken",
  "refreshtoken",
  "idtoken",
  "authtoken",
  "bearertoken",
  "sessiontoken",
  "csrftoken",
  "securitytoken",
  "clientsecret",
  "credential",
  "credentials",
  "authorization",
  "cookie",
  "cookies",
  "connectionstring",
];
/** One expression: the longest names are tried from the end of the text. */
const CREDENTIAL = new RegExp(`(?:${ENDINGS.join("|")})$`);
/** A name that is often something else (a word's piece among log-probabilities, a cursor of pages). */
const AMBIGUOUS = /(?:^|[a-z])(?:token|jwt|auth)$/;
/** password_hash_rounds, max_tokens and token_count are none of these; secret_name names one and is none. */
const MAX_KEY_CHARACTERS = 64;

export type KeyKind = "credential" | "ambiguous" | "other";

export function kindOfKey(key: string): KeyKind {
  if (key.length < 3 || key.length > MAX_KEY_CHARACTERS) return "other";
  const name = plainKey(key);
  if (CREDENTIAL.test(name)) return "credential";
  return AMBIGUOUS.test(name) ? "ambiguous" : "other";
}

/** Lower case, without separators. */
export function plainKey(key: string): string {
  return key.toLowerCase().replace(/[^a-z0-9]+/g, "");
}

/** A value under an ambiguous name is one when it looks like nothing that a person wrote: long, one piece, with a digit. */
export function looksLikeToken(text: string): boolean {
  return text.length >= 16 && text.length <= 8_192 && /^\S+$/.test(text) && /\d/.test(text) && /[A-Za-z]/.test(text);
}
