/**
 * X23: credentials that an application traces by mistake reach neither the spool, nor the wire, nor the collector's
 * database: drawn values of every form and under every name, through a real tracer and every exporter that speaks HTTP.
 */
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { AgentexExporter, CollectorExporter, OtlpExporter, SgpExporter, type SpanExporter, Tracer } from "everspan";
import { seededRandom } from "everspan/internals";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CollectorProcess, temporaryFolder } from "./collector-process.ts";

const random = seededRandom(20_260_131);
const LETTERS = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ";
const DIGITS = "0123456789";

function drawn(length: number, alphabet = LETTERS + DIGITS): string {
  const characters = Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]);
  // Every issuer's keys hold digits: one without any is not what is planted here.
  return `${characters.slice(0, -2).join("")}7${alphabet[0]}`;
}

const HEX = "abcdef0123456789";

/** One of each form that the patterns know, put together here so that no scanner takes them for real. */
const FORMS: Readonly<Record<string, () => string>> = {
  openai: () => `sk-${drawn(40)}`,
  "openai project": () => `sk-proj-${drawn(40)}`,
  anthropic: () => `sk-ant-api03-${drawn(40)}`,
  openrouter: () => `sk-or-v1-${drawn(40)}`,
  stripe: () => `sk_live_${drawn(24)}`,
  webhook: () => `whsec_${drawn(32)}`,
  aws: () => `AKIA${drawn(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}`,
  github: () => `ghp_${drawn(36)}`,
  "github fine-grained": () => `github_pat_${drawn(40)}`,
  gitlab: () => `glpat-${drawn(20)}`,
  slack: () => `xoxb-${drawn(12, DIGITS)}-${drawn(24)}`,
  google: () => `AIza${drawn(35)}`,
  "google oauth": () => `ya29.${drawn(40)}`,
  "hugging face": () => `hf_${drawn(34)}`,
  groq: () => `gsk_${drawn(40)}`,
  xai: () => `xai-${drawn(40)}`,
  replicate: () => `r8_${drawn(37)}`,
  perplexity: () => `pplx-${drawn(40)}`,
  npm: () => `npm_${drawn(36)}`,
  pypi: () => `pypi-${drawn(40)}`,
  sendgrid: () => `SG.${drawn(22)}.${drawn(43)}`,
  shopify: () => `shpat_${drawn(32, HEX)}`,
  "digital ocean": () => `dop_v1_${drawn(64, HEX)}`,
  linear: () => `lin_api_${drawn(40)}`,
  langsmith: () => `lsv2_pt_${drawn(40)}`,
  jwt: () => `eyJ${drawn(30)}.eyJ${drawn(40)}.${drawn(43)}`,
};
const NAMES = ["password", "OPENAI_API_KEY", "client_secret", "x-api-key", "dbPassword", "Authorization", "cookie"];
const PLACES = 8;
/** Spans of each form and of each name. */
const ROUNDS = 2;

interface Planted {
  readonly what: string;
  readonly secret: string;
}

/** Records spans with credentials in every place of a span; answers what was planted. */
function plant(tracer: Tracer): Planted[] {
  const planted: Planted[] = [];
  const trace = tracer.startTrace();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [form, draw] of Object.entries(FORMS)) {
      const [a, b, c, d, e, f, g, h] = Array.from({ length: PLACES }, () => {
        const secret = draw();
        planted.push({ what: form, secret });
        return secret;
      });
      const span = trace.startSpan(`GET /?api_key=${a}`, {
        input: { messages: [{ role: "user", content: `my key is ${b}, keep it` }], nested: [[{ value: c }]] },
        data: { command: `curl -H 'x-api-key: ${d}'`, long: `${"word ".repeat(2_000)}${e}` },
      });
      span.output = JSON.stringify({ deep: { text: f }, stack: `Error: 401 ${g}\n    at x (file:///a.js:1:2)` });
      span.recordError(new Error(`401 for ${h}`)).end();
    }
    for (const name of NAMES) {
      const [value, inText] = [drawn(14), drawn(14)];
      planted.push({ what: name, secret: value }, { what: `${name} in text`, secret: inText });
      const body = name === "cookie" ? {} : { body: `{"${name === "x-api-key" ? "api_key" : name}":"${inText}"}` };
      trace.startSpan("by name", { input: { headers: { [name]: value }, ...body } }).end();
    }
  }
  return planted;
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let collector: CollectorProcess;
beforeEach(async () => {
  folder = await temporaryFolder();
  collector = await CollectorProcess.start({ dataDirectory: join(folder.path, "store") });
});
afterEach(async () => {
  await collector.kill();
  await folder.remove();
});

/** Passes everything on to the collector and keeps what went through. */
async function startWire(target: string) {
  const bodies: Buffer[] = [];
  const statuses = new Map<string, number>();
  const server = createServer(async (incoming, outgoing) => {
    const body = await buffer(incoming);
    bodies.push(Buffer.from(`${incoming.method} ${incoming.url}\n`), body);
    const { host: _, ...headers } = incoming.headers;
    const onward = request(new URL(incoming.url ?? "/", target), { method: incoming.method ?? "GET", headers });
    onward.end(body);
    const [answer] = await once(onward, "response");
    statuses.set(`${incoming.method} ${incoming.url}`, answer.statusCode);
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.pipe(outgoing);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { url, close, statuses, text: () => Buffer.concat(bodies).toString("latin1") };
}

const exporters = (url: string): SpanExporter[] => [
  new CollectorExporter({ url }),
  new SgpExporter({ baseUrl: url, apiKey: "key-of-the-test", accountId: "account" }),
  new AgentexExporter({ baseUrl: url }),
  new OtlpExporter({ endpoint: url, name: "otlp json" }),
  new OtlpExporter({ endpoint: url, name: "otlp protobuf", protocol: "protobuf" }),
];

function bytesBelow(directory: string): string {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)).toString("latin1"))
    .join("\n");
}

const foundIn = (text: string, planted: readonly Planted[]) =>
  planted.filter(({ secret }) => text.includes(secret)).map(({ what }) => what);

const logger = { debug() {}, info() {}, warn() {}, error() {} };

test("X23 no planted credential is in the spool, on the wire of any exporter, or in the collector's database", async () => {
  const spool = { directory: join(folder.path, "spool") };
  const wire = await startWire(collector.url);
  try {
    const away = new Tracer({ exporters: exporters("http://127.0.0.1:9"), spool, logger });
    const planted = plant(away);
    expect(planted.length).toBeGreaterThan(300);
    expect(await away.flush({ until: "spooled" })).toMatchObject({ ok: true });
    const onDisk = bytesBelow(spool.directory);
    expect(onDisk).toContain("my key is [REDACTED:credential], keep it");
    expect(foundIn(onDisk, planted), "in the spool").toEqual([]);
    await away.shutdown({ timeoutMs: 100 });

    const tracer = new Tracer({ exporters: exporters(wire.url), spool, logger });
    const fresh = plant(tracer);
    await tracer.flush();
    const { lanes } = await tracer.shutdown();
    for (const [name, { delivered }] of Object.entries(lanes)) expect(delivered, name).toBeGreaterThan(100);
    const all = [...planted, ...fresh];
    expect(wire.text()).toContain("my key is [REDACTED:credential], keep it");
    expect(foundIn(wire.text(), all), "on the wire").toEqual([]);
    expect([...wire.statuses.keys()].join()).toMatch(/batch.*spans.*traces|spans.*batch/);

    // What the database keeps is compressed in part: it is read as bytes, and as the API gives it back.
    let read = "";
    for (const { traceId } of (await collector.listTraces()).traces) {
      read += JSON.stringify(await collector.readTrace(traceId));
    }
    expect(read).toContain("my key is [REDACTED:credential], keep it");
    expect(foundIn(read, all), "by the API").toEqual([]);
    await collector.stop();
    expect(foundIn(bytesBelow(join(folder.path, "store")), all), "in the database").toEqual([]);
  } finally {
    await wire.close();
  }
});
