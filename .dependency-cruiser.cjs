/** Which way imports may go. The pipeline's direction is the imports' direction: see ARCHITECTURE.md. */

const inPackage = (name) => `^packages/${name}/`;
const test = "[.]test[.]tsx?$";

/**
 * The rooms of the SDK from the ground up: a file imports from its own room and from those named before it, for values
 * and for types. A room is its folder's own files; folders within it that have a line of their own are rooms themselves.
 */
const SDK_ROOMS = [
  "edge/platform",
  "contract",
  "capture",
  "spool/disk",
  "spool/format",
  "spool/lifecycle",
  "spool/read",
  "spool/write",
  "spool",
  "delivery/core",
  "delivery/record",
  "encoding",
  "redaction",
  "delivery/disk/records",
  "delivery/disk",
  "transport",
  "exporters/backend",
  "delivery",
  "observability",
  "processors",
  "overhead",
  "recording/span",
  "recording/following",
  "recording",
  "exporters/[^/]+",
  "edge",
  "environment",
  "assertions",
  "integrations/[^/]+",
  "cli(?:/init)?",
];
const filesOf = (room) => `^packages/sdk/src/${room}/[^/]+[.]ts$`;
const sdkRoomsInOrder = SDK_ROOMS.slice(0, -1).map((room, floor) => ({
  name: "sdk-rooms-in-order",
  severity: "error",
  comment: `${room} knows only the rooms below it.`,
  from: { path: filesOf(room), pathNot: "[.](test|fixture|contract)[.]ts$" },
  to: {
    path: ["^packages/sdk/src/(index|internals)[.]ts$", ...SDK_ROOMS.slice(floor + 1).map(filesOf)],
    // `exporters/[^/]+` stands above `exporters/backend` and matches it.
    pathNot: SDK_ROOMS.slice(0, floor + 1).map(filesOf),
  },
}));

module.exports = {
  forbidden: [
    ...sdkRoomsInOrder,
    {
      name: "no-cycles",
      severity: "error",
      comment: "Modules that import each other have no order in which they can be read.",
      from: {},
      to: { circular: true },
    },
    {
      name: "protocol-knows-nobody",
      severity: "error",
      from: { path: inPackage("protocol"), pathNot: [test, "/testing/"] },
      to: { pathNot: inPackage("protocol") },
    },
    {
      name: "sdk-knows-only-protocol",
      severity: "error",
      comment: "The SDK has no run-time dependency; frameworks are only named by the types of its sub-paths.",
      from: { path: inPackage("sdk/src"), pathNot: test },
      to: {
        pathNot: ["^packages/sdk/", "^packages/protocol/src/index[.]ts$"],
        dependencyTypesNot: ["core", "type-only"],
      },
    },
    {
      name: "reading-knows-only-protocol",
      severity: "error",
      from: { path: inPackage("reading"), pathNot: [test, "/testing/"] },
      to: { pathNot: [inPackage("reading"), "^packages/protocol/src/index[.]ts$"] },
    },
    {
      name: "sdk-and-protocol-know-no-reading",
      severity: "error",
      from: { path: "^packages/(sdk|protocol)/" },
      to: { path: inPackage("reading") },
    },
    {
      name: "collector-knows-protocol",
      severity: "error",
      from: { path: inPackage("collector/src"), pathNot: [test, "^packages/collector/src/(cli|testing)"] },
      to: { path: "^(packages/(sdk|viewer|testkit)|examples)/" },
    },
    {
      name: "tests-own-testing",
      severity: "error",
      comment: "What tests are made of is nothing for what is published.",
      from: {
        path: inPackage("collector/src"),
        pathNot: [test, "^packages/collector/src/testing", "[.]contract[.]ts$"],
      },
      to: { path: "^packages/collector/src/testing/" },
    },
    {
      name: "viewer-knows-only-protocol",
      severity: "error",
      from: { path: inPackage("viewer/src"), pathNot: test },
      to: { path: "^(packages/(sdk|collector|testkit)|examples)/" },
    },
    {
      name: "no-internals-of-others",
      severity: "error",
      comment:
        "A package is entered by its index (or the SDK's sub-path entries and, for tests and benches, its internals).",
      from: { path: "^(packages/[^/]+|examples/[^/]+|e2e|bench|scripts)/" },
      to: {
        path: "^(packages/[^/]+|examples/[^/]+)/src/",
        pathNot: [
          "^$1/",
          "^(packages|examples)/[^/]+/src/index[.]ts$",
          "^packages/sdk/src/(assertions|processors|integrations/[^/]+)/index[.]ts$",
          "^packages/sdk/src/internals[.]ts$",
          "^examples/[^/]+/src/main[.]ts$",
        ],
      },
    },
    {
      name: "internals-are-for-tests",
      severity: "error",
      from: { pathNot: ["^packages/testkit/", "^bench/", "^e2e/", test] },
      to: { path: "^packages/sdk/src/internals[.]ts$" },
    },
    {
      name: "core-is-pure",
      severity: "error",
      comment: "The delivery core decides; it touches no platform.",
      from: { path: "^packages/sdk/src/delivery/core/", pathNot: test },
      to: {
        pathNot: ["^packages/sdk/src/delivery/core/", "^packages/protocol/", "^packages/sdk/src/contract/"],
      },
    },
    {
      name: "contract-is-the-ground-floor",
      severity: "error",
      comment: "What the rooms of the SDK agree on stands below them all.",
      from: { path: "^packages/sdk/src/contract/", pathNot: test },
      to: { pathNot: ["^packages/sdk/src/contract/", "^packages/protocol/src/index[.]ts$"] },
    },
    {
      name: "model-knows-no-react",
      severity: "error",
      from: { path: "^packages/viewer/src/model/" },
      to: { path: "node_modules/react" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: ["(^|/)dist/", "^bench/peers"] },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ["import", "require", "node", "default", "types"],
      exportsFields: ["exports"],
    },
  },
};
