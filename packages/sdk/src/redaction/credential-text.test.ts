import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { kindOfKey, looksLikeToken } from "./credential-keys.ts";
import { WITHHELD, withholdCredentials } from "./credential-text.ts";

/** Made up, in the forms that their issuers publish; put together here so that no scanner takes them for real. */
const mixed = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0";
const CREDENTIALS: [string, string][] = [
  ["OpenAI", `sk-${mixed}`],
  ["OpenAI project", `sk-proj-${mixed}_x-y`],
  ["Anthropic", `sk-ant-api03-${mixed}-AA`],
  ["OpenRouter", `sk-or-v1-${mixed}`],
  ["Stripe", `sk_live_${mixed.slice(0, 24)}`],
  ["Stripe webhook", `whsec_${mixed}`],
  ["AWS key id", "AKIAIOSFODNN7EXAMPLE"],
  ["GitHub", `ghp_${mixed.slice(0, 36)}`],
  ["GitHub fine-grained", `github_pat_11ABC_${mixed}`],
  ["GitLab", `glpat-${mixed.slice(0, 20)}`],
  ["Slack", `xoxb-123456789012-${mixed.slice(0, 24)}`],
  ["Google", `AIzaSy${mixed.slice(0, 33)}`],
  ["Google OAuth", `ya29.${mixed}`],
  ["Hugging Face", `hf_${mixed.slice(0, 34)}`],
  ["Groq", `gsk_${mixed}`],
  ["npm", `npm_${mixed.slice(0, 36)}`],
  ["SendGrid", `SG.${mixed.slice(0, 22)}.${mixed}`],
  ["LangSmith", `lsv2_pt_${mixed.slice(0, 32)}`],
  ["a JWT", `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.${mixed}`],
];

describe.each(CREDENTIALS)("%s", (_, credential) => {
  test.each([
    ["alone", credential, WITHHELD],
    ["in prose", `The key is ${credential}, keep it.`, `The key is ${WITHHELD}, keep it.`],
    ["in a header", `Authorization: Bearer ${credential}`, expect.not.stringContaining(credential)],
    ["in JSON in a string", JSON.stringify({ a: { key: credential } }), JSON.stringify({ a: { key: WITHHELD } })],
    ["in an address", `https://a.test/x?y=1&api_key=${credential}`, expect.not.stringContaining(credential)],
    ["in a command", `curl -H 'x-api-key: ${credential}' x`, expect.not.stringContaining(credential)],
    ["late in long text", `${"word ".repeat(5_000)}${credential} end`, expect.not.stringContaining(credential)],
    ["in a stack", `Error: 401 ${credential}\n    at x (file:///a.js:1:2)`, expect.not.stringContaining(credential)],
    ["after a long run", `${"x".repeat(60)} ${credential}`, `${"x".repeat(60)} ${WITHHELD}`],
    ["twice", `${credential} ${credential}`, `${WITHHELD} ${WITHHELD}`],
  ])("%s", (_where, text, clean) => expect(withholdCredentials(text)).toEqual(clean));
});

test.each([
  ["password=hunter2!", `password=${WITHHELD}`],
  ['{"password":"correct horse"}', `{"password":"${WITHHELD}"}`],
  ['{\\"client_secret\\": \\"abcd efgh\\"}', `{\\"client_secret\\": \\"${WITHHELD}\\"}`],
  ["OPENAI_API_KEY=abc123def456", `OPENAI_API_KEY=${WITHHELD}`],
  ["authorization: Basic dXNlcjpwYXNzd29yZDE=", `authorization: Basic ${WITHHELD}`],
  ["postgres://app:s3cr3t@db.test/x", `postgres://app:${WITHHELD}@db.test/x`],
  ["https://a.test/?x=1 postgres://app:s3cr3t@db.test/x", `https://a.test/?x=1 postgres://app:${WITHHELD}@db.test/x`],
  ["https://a.test/?to=ftp://app:s3cr3t@db.test/x", `https://a.test/?to=ftp://app:${WITHHELD}@db.test/x`],
  ["https://a.test/?sig=abcdef0123&x=1", `https://a.test/?sig=${WITHHELD}&x=1`],
  ["-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----\nrest", `${WITHHELD}\nrest`],
  ["-----BEGIN PRIVATE KEY-----\ncut off in the middle", WITHHELD],
])("%s", (text, clean) => expect(withholdCredentials(text)).toBe(clean));

/** What a tracer of agents sees all day: none of it is a credential. */
const INNOCENT = [
  "Please reset my password, I forgot it. The secret: there is none.",
  "What is a bearer token and how does Basic authentication work?",
  "max_tokens: 4096, token_count=17, total_tokens: 12345",
  "call_a1B2c3D4e5F6g7H8i9J0k1L2 msg_01XFDUDYJgAACzvnptvVoYEL chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
  "toolu_01A09q90qw90lq917835lq9 resp_67ccd2bed1ec8190b14f964abc0542670bb6a6b452d3795b",
  "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed 4bf92f3577b34da6a3ce929d0e0e4736",
  "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
  "https://example.com/a/very/long/path/with-many-parts/and_underscores?page=2&sort=key",
  "/usr/local/lib/node_modules/everspan/dist/index.js:120:14 src/components/token-list/token-row.tsx",
  "the-quick-brown-fox-jumps-over-the-lazy-dog sk-learn scikit-learn-intelex task-based-agent-evaluation",
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
  "if (token === undefined) throw new TypeError('expected a token'); const secret = await getSecret(name);",
  "claude-sonnet-4-5-20250929 gpt-4.1-mini-2025-04-14 text-embedding-3-small",
  "ssh://git@github.com/org/repo.git mailto:someone@example.com http://localhost:4318/v1/traces",
  '{"type":"object","properties":{"password":{"type":"string"},"api_key":{"type":"string"}}}',
  `${"A".repeat(20_000)}`,
];
test.each(INNOCENT)("passes %s", (text) => expect(withholdCredentials(text)).toBe(text));

test("a hostile text costs no more than a plain one: nothing runs away", () => {
  for (const text of [
    "password=".repeat(20_000),
    "eyJa".repeat(50_000),
    "://a:".repeat(200_000),
    "-----BEGIN ".repeat(20_000),
    "?key=".repeat(40_000),
    `password=${'"'.repeat(100_000)}`,
  ]) {
    expect(withholdCredentials(text).length).toBeGreaterThan(0);
  }
}, 20_000);

describe("names of properties", () => {
  test.each([
    "password",
    "db_password",
    "userPassword",
    "API-KEY",
    "x-api-key",
    "OPENAI_API_KEY",
    "clientSecret",
    "Set-Cookie",
    "authorization",
    "aws_secret_access_key",
    "refresh_token",
    "credentials",
    "connectionString",
    "privateKey",
  ])("%s says credential", (key) => expect(kindOfKey(key)).toBe("credential"));
  test.each([
    "input_tokens",
    "max_tokens",
    "tokenizer",
    "key",
    "keys",
    "name",
    "secretary",
    "passwordless",
    "author",
    "cookie_policy",
    "token_count",
    "id",
    "public_key",
  ])("%s does not", (key) => expect(kindOfKey(key)).toBe("other"));
  test("token is one when its value looks so: a word among log-probabilities does not", () => {
    expect(kindOfKey("token")).toBe("ambiguous");
    expect(looksLikeToken(" Hello")).toBe(false);
    expect(looksLikeToken("internationalization")).toBe(false);
    expect(looksLikeToken("9f86d081884c7d659a2f")).toBe(true);
  });
});

describe("where a credential stands in a text", () => {
  const run = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4";
  const key = ["sk", "proj", run].join("-");

  test.each([0, 1, 14, 15, 16, 17, 31, 32])(
    "after %i characters of prose it is found, and nothing but it goes",
    (count) => {
      const prose = "some words of a person that go on and on ".repeat(2).slice(0, count).replace(/\S$/, " ");
      for (const end of ["", " and more", ".", ", then"]) {
        const withheld = withholdCredentials(`${prose}${key}${end === "." ? " ." : end}`);
        expect(withheld).toBe(`${prose}${WITHHELD}${end === "." ? " ." : end}`);
      }
    },
  );

  test("behind words of any length, and before any, it alone goes", () => {
    const words = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 20 });
    fc.assert(
      fc.property(words, words, (before, after) => {
        const [front, back] = [before, after].map((lengths) => lengths.map((length) => "w".repeat(length)).join(" "));
        expect(withholdCredentials(`${front} ${key} ${back}`)).toBe(`${front} ${WITHHELD} ${back}`);
      }),
    );
  });

  test("two of them, one right after a space, are both found", () => {
    expect(withholdCredentials(`${key} ${key}\n${key}`)).toBe(`${WITHHELD} ${WITHHELD}\n${WITHHELD}`);
  });

  test.each<[string, string, string]>([
    ["after a scheme", `Bearer ${run}`, `Bearer ${WITHHELD}`],
    ["after a scheme in any case", `proxy: basic  ${run}`, `proxy: basic  ${WITHHELD}`],
    ["after a scheme, letters alone", "Bearer abcdefghijklmnopqrstuvwx", "Bearer abcdefghijklmnopqrstuvwx"],
    ["after a word that ends like one", `forbearer ${run}`, `forbearer ${run}`],
    ["a run of no form", run, run],
    ["in more than 8,192 characters without a space", `${"a".repeat(8_192)}-${key}`, `${"a".repeat(8_192)}-${key}`],
    [
      "in just so many",
      `${"a".repeat(8_192 - key.length - 1)}-${key}`,
      `${"a".repeat(8_192 - key.length - 1)}-${WITHHELD}`,
    ],
    ["in 16 characters after a scheme", "Bearer a1B2c3D4e5F6g7H8", `Bearer ${WITHHELD}`],
  ])("%s", (_, text, expected) => {
    expect(withholdCredentials(text)).toBe(expected);
  });
});

describe("a name and its value in a text", () => {
  test.each<[string, string, string]>([
    ["with an equals sign", "password=hunter22", `password=${WITHHELD}`],
    ["with a colon", "password: hunter22", `password: ${WITHHELD}`],
    ["with an arrow", "password => hunter22", `password => ${WITHHELD}`],
    ["with three spaces before", "password   = hunter22", `password   = ${WITHHELD}`],
    ["with five", "password     = hunter22", "password     = hunter22"],
    ["in quotes", `{"password": "hunter"}`, `{"password": "${WITHHELD}"}`],
    ["in single quotes", "{'api_key': 'hunter'}", `{'api_key': '${WITHHELD}'}`],
    ["in JSON within JSON", `{\\"password\\": \\"hunter\\"}`, `{\\"password\\": \\"${WITHHELD}\\"}`],
    ["at the beginning", "secret=abc123", `secret=${WITHHELD}`],
    ["that is a word", "password: forgotten", "password: forgotten"],
    ["that is short", "password=ab1", "password=ab1"],
    ["after other signs", "at 12:30, a = b, password=hunter22", `at 12:30, a = b, password=${WITHHELD}`],
    ["of another name", "username=hunter22", "username=hunter22"],
    ["twice", "password=hunter22 secret=hunter22", `password=${WITHHELD} secret=${WITHHELD}`],
    ["withheld before", `password=${WITHHELD}`, `password=${WITHHELD}`],
  ])("%s", (_, text, expected) => {
    expect(withholdCredentials(text)).toBe(expected);
    expect(withholdCredentials(`words before, ${text}`)).toBe(`words before, ${expected}`);
  });
});

describe("an address in a text", () => {
  test.each<[string, string, string]>([
    ["with a password", "postgres://me:pass@host/db", `postgres://me:${WITHHELD}@host/db`],
    ["with a user alone", "ssh://me@host/db", "ssh://me@host/db"],
    ["with a key", "https://x.test/?key=abcdef&a=b", `https://x.test/?key=${WITHHELD}&a=b`],
    ["with a key of the application's name", "https://x.test/?my_token=abcdef", `https://x.test/?my_token=${WITHHELD}`],
    ["with a short one", "https://x.test/?key=abc", "https://x.test/?key=abc"],
    ["with nothing", "https://x.test/?a=b&c=d", "https://x.test/?a=b&c=d"],
    ["that is only begun", "://", "://"],
  ])("%s", (_, text, expected) => {
    for (const [before, after] of [
      ["", ""],
      ["see ", " there"],
      ['"', '", "https://y.test/"'],
      ["<a href='", "'>"],
    ]) {
      expect(withholdCredentials(`${before}${text}${after}`)).toBe(`${before}${expected}${after}`);
    }
  });

  test("several: each its own", () => {
    expect(withholdCredentials("a://u:p@h b://h c://v:q@i")).toBe(`a://u:${WITHHELD}@h b://h c://v:${WITHHELD}@i`);
    expect(withholdCredentials("a://u:p@h/?to=b://v:q@i/?key=abcdef")).not.toMatch(/p@h|abcdef/);
  });
});
