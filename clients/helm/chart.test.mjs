/**
 * The chart as Helm would render it: by Go's `text/template`, which is Helm's engine, with the one pair of Helm's own functions
 * that the chart uses stood in for. What comes out is checked by the schemas of Kubernetes' API, unknown fields included.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse as render } from "@evertdespiegeleer/go-template";
import { validate as Deployment } from "kubernetes-models/_schemas/IoK8sApiAppsV1Deployment";
import { validate as StatefulSet } from "kubernetes-models/_schemas/IoK8sApiAppsV1StatefulSet";
import { validate as Service } from "kubernetes-models/_schemas/IoK8sApiCoreV1Service";
import { parse, parseAllDocuments, stringify } from "yaml";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const chart = here("../../deploy/helm/everspan/");
const cli = here("../../packages/collector/dist/cli.js");
const given = parse(readFileSync(`${chart}values.yaml`, "utf8"));
const release = { Name: "traces", Namespace: "observability" };
const SCHEMAS = { Service, StatefulSet, Deployment };

/** What a person may set beside the values of the chart, and the kinds that come out. */
const CASES = {
  "as it is": [{}, ["Service", "StatefulSet"]],
  "names of an ingress": [{ allowHosts: ["traces.example.com", "10.0.0.1"] }, ["Service", "StatefulSet"]],
  "a class of storage": [{ storage: { size: "1Ti", className: "fast" } }, ["Service", "StatefulSet"]],
  "an image of one's own": [
    { image: { repository: "registry.example.com:5000/everspan", tag: "1" } },
    ["Service", "StatefulSet"],
  ],
  "no resources": [{ resources: {} }, ["Service", "StatefulSet"]],
  "before ClickHouse": [{ storeSecret: "clickhouse", replicas: 3 }, ["Service", "Deployment"]],
  "before ClickHouse, reached by a name": [
    { storeSecret: "clickhouse", allowHosts: ["traces.example.com"] },
    ["Service", "Deployment"],
  ],
};

// The engine's own timers would hold the process.
after(() => setImmediate(() => process.exit()));

for (const [name, [set, kinds]] of Object.entries(CASES)) {
  test(`${name}: what is rendered is what Kubernetes takes`, async () => {
    const objects = await rendered({ ...given, ...set });
    assert.deepEqual(
      objects.map(({ kind }) => kind),
      kinds,
    );
    for (const object of objects) assert.deepEqual(faultsOf(object), [], object.kind);
  });
}

test("what is set arrives where it belongs", async () => {
  const resources = { requests: { cpu: "1" }, limits: { memory: "2Gi" } };
  const set = { resources, allowHosts: ["traces.example.com"], storage: { size: "1Ti", className: "fast" } };
  const [, { spec }] = await rendered({ ...given, ...set });
  const [container] = spec.template.spec.containers;
  assert.deepEqual(container.resources, resources);
  assert.ok(container.args.includes("--allow-host=traces.example.com"));
  assert.ok(container.args.includes("--allow-host=traces.observability.svc"));
  assert.equal(container.image, "everspan:0.1.0");
  const [claim] = spec.volumeClaimTemplates;
  assert.equal(claim.spec.storageClassName, "fast");
  assert.equal(claim.spec.resources.requests.storage, "1Ti");
});

test("the service finds the pods, and the probes their port", async () => {
  for (const set of [{}, { storeSecret: "clickhouse" }]) {
    const [service, workload] = await rendered({ ...given, ...set });
    const { template, selector } = workload.spec;
    assert.deepEqual(service.spec.selector, template.metadata.labels);
    assert.deepEqual(selector.matchLabels, template.metadata.labels);
    const [container] = template.spec.containers;
    const ports = container.ports.map(({ name }) => name);
    assert.ok(ports.includes(service.spec.ports[0].targetPort));
    assert.ok(ports.includes(container.readinessProbe.httpGet.port));
    assert.ok(ports.includes(container.livenessProbe.tcpSocket.port));
    const volumes = [...(template.spec.volumes ?? []), ...(workload.spec.volumeClaimTemplates ?? [])];
    const named = volumes.map((volume) => volume.name ?? volume.metadata.name).sort();
    assert.deepEqual(container.volumeMounts.map((mount) => mount.name).sort(), named);
  }
});

test("every option that the chart gives is one that the collector knows", async () => {
  const help = execFileSync(process.execPath, [cli, "serve", "--help"], { encoding: "utf8" });
  for (const set of [{}, { storeSecret: "clickhouse" }]) {
    const [, workload] = await rendered({ ...given, ...set });
    const [command, ...options] = workload.spec.template.spec.containers[0].args;
    assert.equal(command, "serve");
    assert.ok(options.length > 0);
    for (const option of options) assert.match(help, new RegExp(`${option.split("=")[0]}\\b`));
  }
});

test("a value that is not there is an error, and so is a function that is not known", async () => {
  const { tokenSecret: _left, ...without } = given;
  await assert.rejects(rendered(without));
  await assert.rejects(render("{{ .Values.replicas | quoted }}", { Values: given }));
});

/** The objects of all templates, in the order of their files. */
async function rendered(values) {
  const objects = [];
  for (const file of readdirSync(`${chart}templates`).sort()) {
    const template = readFileSync(`${chart}templates/${file}`, "utf8").replace(INDENTED, indented(values));
    const text = await render(template, { Values: values, Release: release });
    for (const document of parseAllDocuments(text)) {
      assert.deepEqual(document.errors, [], file);
      if (document.contents !== null) objects.push(document.toJS());
    }
  }
  return objects;
}

/** What the schema of its kind says of an object, and the fields that the schema never looks at: it has none of that name. */
function faultsOf(object) {
  const schema = SCHEMAS[object.kind];
  const unread = new Set();
  const isValid = schema(watched(object, "", unread));
  return [
    ...(isValid ? [] : schema.errors.map(({ instancePath, keyword }) => `${instancePath} ${keyword}`)),
    ...unread,
  ];
}

/** The same value; the paths of the fields that nobody has read are in the set. */
function watched(value, path, unread) {
  if (typeof value !== "object" || value === null) return value;
  const fields = new Map(
    Object.entries(value).map(([name, field]) => [name, watched(field, `${path}/${name}`, unread)]),
  );
  if (!Array.isArray(value)) for (const name of fields.keys()) unread.add(`${path}/${name}`);
  return new Proxy(value, {
    get(target, name) {
      unread.delete(`${path}/${String(name)}`);
      return fields.has(name) ? fields.get(name) : target[name];
    },
  });
}

const INDENTED = /\s*\{\{- toYaml \.Values\.(\w+) \| nindent (\d+) \}\}/g;

/** Helm's `toYaml` and `nindent`: a value as YAML, on lines of its own that begin with so many spaces. */
function indented(values) {
  return (_expression, name, spaces) => {
    const lines = stringify(values[name]).trimEnd().split("\n");
    return lines.map((line) => `\n${" ".repeat(Number(spaces))}${line}`).join("");
  };
}
