/**
 * Finds credentials within text. Most text is prose: it is passed over in strides, because a credential is a long run of
 * characters without a space. Only such runs, and the few places where a short value can stand (`password=…`, an
 * address with a password, a private key), are looked at closely.
 */

export const WITHHELD = "[REDACTED:credential]";

/** The shortest run that is looked at, and the longest: beyond is an image or an archive. */
const STRIDE = 16;
const MAX_RUN = 8_192;

/** Characters of a run: letters, digits and `+ - . / = _ ~`. */
const IN_RUN = new Uint8Array(128);
for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-./=_~") {
  IN_RUN[character.charCodeAt(0)] = 1;
}

/** Forms that issuers publish. Each begins where no letter or digit goes before. */
const FORMS = [
  "sk-ant-[A-Za-z0-9_-]{16,}",
  "sk-(?:proj|svcacct|admin|or-v1|lf)-[A-Za-z0-9_-]{16,}",
  "pk-lf-[A-Za-z0-9_-]{16,}",
  "sk-(?=[A-Za-z]*\\d)[A-Za-z0-9]{20,}",
  "(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}",
  "whsec_[A-Za-z0-9+/=]{16,}",
  "(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])",
  "gh[pousr]_[A-Za-z0-9]{20,}",
  "github_pat_[A-Za-z0-9_]{20,}",
  "gl(?:pat|dt|rt|ptt|cbt)-[A-Za-z0-9_-]{16,}",
  "xox[abeoprs]-[A-Za-z0-9-]{10,}",
  "xapp-[A-Za-z0-9-]{16,}",
  "AIza[A-Za-z0-9_-]{30,}",
  "ya29\\.[A-Za-z0-9_-]{16,}",
  "hf_[A-Za-z0-9]{20,}",
  "gsk_[A-Za-z0-9]{20,}",
  "xai-[A-Za-z0-9]{20,}",
  "r8_[A-Za-z0-9]{20,}",
  "pplx-[A-Za-z0-9]{20,}",
  "npm_[A-Za-z0-9]{30,}",
  "pypi-[A-Za-z0-9_-]{20,}",
  "SG\\.[A-Za-z0-9_-]{16,}\\.[A-Za-z0-9_-]{16,}",
  "shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}",
  "do[opr]_v1_[A-Fa-f0-9]{32,}",
  "lin_api_[A-Za-z0-9]{20,}",
  "ls(?:v2)?__?(?:pt|sk)_[A-Za-z0-9_]{20,}",
  "eyJ[A-Za-z0-9_-]{8,}\\.eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]*",
].join("|");
const FORM = new RegExp(`(?<![A-Za-z0-9])(?:${FORMS})`, "g");
/** Stands in every one of these forms: most runs have none of it, and this is found sooner. */
const IN_FORMS = /[-_.]|A(?:KIA|SIA|BIA|CCA|Iza)/;
/** What a run of any form is after. */
const AFTER_SCHEME = /(?:^|[^A-Za-z])(?:bearer|basic)\s+$/i;
/**
 * Stands in every text that holds one of the forms or a scheme. Asked once, when the first long run is met: runs are
 * walked along character by character, and most hold nothing (ids, hashes, separators).
 */
const IN_TEXTS = /[-_.][\w+/=-]|A(?:KIA|SIA|BIA|CCA|Iza)|bearer|basic/i;

/** `password=…`, `"api_key": "…"` within text, JSON in a string too: a value with a digit or sign, or in quotes. */
const ASSIGNED =
  /((?:password|passwd|passphrase|secret|api[_-]?key|access[_-]?key|private[_-]?key|(?:access|refresh|auth|session|id)[_-]?token|authorization)(?:\\?["'])?\s{0,4}(?:=>|[:=])\s{0,4})((?:\\?["'])(?:(?:bearer|basic)\s+)?[^"'\\\r\n]{4,512}(?=\\?["'])|(?:(?:bearer|basic)\s+)?(?=[^\s"',;&)\]}\\]{0,512}[\d!@#$%^*])[^\s"',;&)\]}\\]{6,512})/gi;
/** What stands before the sign wherever the expression above can match. */
const NAME_BEFORE_SIGN = /(?:passw(?:or)?d|passphrase|secret|key|token|authorization)$/i;
const NAME_ENDS = new Set([..."deytnDEYTN"].map((character) => character.charCodeAt(0)));
const MAX_NAME_CHARACTERS = 16;
/** Of an address after its `://`. */
const IN_AUTHORITY = /^([^:@/?#]{0,128}:)[^@/?#]{1,256}(?=@)/;
const IN_QUERY =
  /([?&](?:[a-z0-9_-]{0,32}(?:api[_-]?key|token|secret|password|signature)|key|sig|x-amz-(?:signature|credential|security-token))=)[^&#]{6,2048}/gi;
const ADDRESS_ENDS = /[\s"'`<>\\]/g;
const MAX_ADDRESS_CHARACTERS = 4_096;
const PRIVATE_KEY =
  /-----BEGIN [A-Z ]{0,32}PRIVATE KEY(?: BLOCK)?-----[\s\S]{0,8192}?(?:-----END [A-Z ]{0,32}PRIVATE KEY(?: BLOCK)?-----|$)/g;

/** The text without the credentials in it; the same string when there are none. */
export function withholdCredentials(text: string): string {
  if (text.length < 8) return text;
  let clean = withoutTokens(text);
  clean = withoutAddressSecrets(clean);
  // A short one is found sooner.
  if (clean.includes("BEGIN ")) clean = clean.replace(PRIVATE_KEY, WITHHELD);
  if (hasAssignment(clean, ":") || hasAssignment(clean, "=")) clean = clean.replace(ASSIGNED, withheldAssignment);
  return clean;
}

/** Passwords and keys in addresses. */
function withoutAddressSecrets(text: string): string {
  let clean = "";
  let copied = 0;
  /** The first end at or after the start: the same for all that begin before it, so the text is looked through once. */
  let firstEnd = -1;
  for (let at = text.indexOf("://"); at >= 0; at = text.indexOf("://", at + 3)) {
    const start = at + 3;
    if (firstEnd < start) {
      ADDRESS_ENDS.lastIndex = start;
      firstEnd = ADDRESS_ENDS.exec(text)?.index ?? text.length;
    }
    const end = Math.min(firstEnd, start + MAX_ADDRESS_CHARACTERS);
    if (start < copied) continue;
    const address = text.slice(start, end);
    if (!address.includes("@") && !address.includes("=")) continue;
    const replaced = address.replace(IN_AUTHORITY, `$1${WITHHELD}`).replace(IN_QUERY, `$1${WITHHELD}`);
    if (replaced === address) continue;
    clean += text.slice(copied, start) + replaced;
    copied = end;
  }
  return copied === 0 ? text : clean + text.slice(copied);
}

/** Signs are rare in prose and quickly found; names before them are looked at from their end. */
function hasAssignment(text: string, sign: ":" | "="): boolean {
  for (let at = text.indexOf(sign, 3); at >= 0; at = text.indexOf(sign, at + 1)) {
    let end = at;
    while (end > 0 && at - end < 4 && text.charCodeAt(end - 1) === 0x20) end -= 1;
    const last = text.charCodeAt(end - 1);
    if (last === 0x22 || last === 0x27) end -= text.charCodeAt(end - 2) === 0x5c ? 2 : 1;
    if (!NAME_ENDS.has(text.charCodeAt(end - 1))) continue;
    if (NAME_BEFORE_SIGN.test(text.slice(Math.max(0, end - MAX_NAME_CHARACTERS), end))) return true;
  }
  return false;
}

function withheldAssignment(whole: string, name: string, value: string): string {
  if (value.includes(WITHHELD)) return whole;
  const quote = /^\\?["']/.exec(value)?.[0] ?? "";
  return `${name}${quote}${WITHHELD}`;
}

function withoutTokens(text: string): string {
  let clean = "";
  let copied = 0;
  let isWorthIt = false;
  /** Where a run can begin at the earliest: before it stands none of a run's characters. */
  let from = 0;
  // Backwards from where the shortest run would end: whatever is no part of one moves it on by as much as is left of it.
  for (let last = STRIDE - 1; last < text.length; last = from + STRIDE - 1) {
    let start = last + 1;
    while (start > from && isInRun(text, start - 1)) start -= 1;
    if (start > from) {
      from = start;
      continue;
    }
    if (!isWorthIt && !IN_TEXTS.test(text)) return text;
    isWorthIt = true;
    let end = last + 1;
    while (end < text.length && isInRun(text, end)) end += 1;
    from = end + 1;
    if (end - start > MAX_RUN) continue;
    const run = text.slice(start, end);
    const replaced = withoutToken(run, text.slice(Math.max(0, start - 16), start));
    if (replaced === run) continue;
    clean += text.slice(copied, start) + replaced;
    copied = end;
  }
  return copied === 0 ? text : clean + text.slice(copied);
}

/** @param before what the text has in front of the run */
function withoutToken(run: string, before: string): string {
  if (AFTER_SCHEME.test(before) && /\d/.test(run)) return WITHHELD;
  return IN_FORMS.test(run) ? run.replace(FORM, WITHHELD) : run;
}

function isInRun(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code < 128 && IN_RUN[code] === 1;
}
