/** What setting a project up comes to: files that are made, texts that are put into others, and what is left to the user. */
import type { Project } from "./project.ts";

/** Both can be undone exactly, as long as nobody has changed what was written. */
export type Change =
  | { readonly kind: "create"; readonly path: string; readonly content: string; readonly sentence: string }
  | {
      readonly kind: "replace";
      readonly path: string;
      /** Stands in the file once. */
      readonly from: string;
      readonly to: string;
      readonly sentence: string;
    }
  | {
      readonly kind: "append";
      /** A file that is there. What else is in it is written down nowhere. */
      readonly path: string;
      readonly addition: string;
      readonly sentence: string;
    };

export interface Plan {
  readonly about: string;
  readonly changes: readonly Change[];
  /** What the command does not do, in sentences. */
  readonly advice: readonly string[];
}

const COLLECTOR = "http://127.0.0.1:4318";
const REGISTRATION = "everspan.mjs";

export function planFor(project: Project): Plan {
  const { framework, isTypeScript, isModule, packages, add } = project;
  const about = [
    framework === "next" ? "a Next.js project" : "a Node.js project",
    isTypeScript ? "in TypeScript" : "in JavaScript",
    framework === "next" ? "" : isModule ? "of ECMAScript modules" : "of CommonJS modules",
  ];
  const { changes, advice } = framework === "next" ? planNext(project) : planNode(project);
  return {
    about: `This is ${about.filter(Boolean).join(" ")}.`,
    changes,
    advice: [
      ...(packages.has("everspan") ? [] : [`Add the package: ${add} everspan`]),
      ...advice,
      `Start a collector, and look at ${COLLECTOR}: npx @everspan/collector serve`,
    ],
  };
}

function planNode(project: Project): Omit<Plan, "about"> {
  const scripts = Object.entries(project.scripts).filter(([, script]) => STARTS.test(script));
  const changes: Change[] = [
    {
      kind: "create",
      path: REGISTRATION,
      content: registration(project.name),
      sentence: `create ${REGISTRATION}, which is loaded before the program: what it records goes to ${COLLECTOR} unless the environment says otherwise`,
    },
    ...scripts.map(([name, script]) => scriptChange(name, script)),
  ];
  const others = `NODE_OPTIONS="--import ./${REGISTRATION}"`;
  const advice =
    scripts.length === 0
      ? [`No script of package.json starts Node.js itself: start the program with ${others}`]
      : [`Where something else starts the program: ${others}`];
  return { changes, advice };
}

/** A script that begins with Node.js or tsx, after variables that are set for it, and has no `--import` of ours. */
const STARTS = /^(?:cross-env )?(?:[A-Za-z_]\w*=[^\s"'`$;&|]* )*(?:node|tsx)(?: watch)? (?!.*everspan)/;

function scriptChange(name: string, script: string): Change {
  const [start] = STARTS.exec(script) as unknown as [string];
  const changed = `${start}--import ./${REGISTRATION} ${script.slice(start.length)}`;
  const line = (text: string) => `${JSON.stringify(name)}: ${JSON.stringify(text)}`;
  return {
    kind: "replace",
    path: "package.json",
    from: line(script),
    to: line(changed),
    sentence: `change the script "${name}" of package.json to: ${changed}`,
  };
}

function registration(service: string): string {
  return `/** Loaded before the program, by \`--import\`: observes its model clients and frameworks. Written by \`everspan init\`. */
process.env.EVERSPAN_COLLECTOR_URL ??= "${COLLECTOR}";
process.env.OTEL_SERVICE_NAME ??= ${JSON.stringify(service)};

await import("everspan/register");
`;
}

function planNext({ name, sources, isTypeScript, packages, variables }: Project): Omit<Plan, "about"> {
  const path = `${sources}instrumentation.${isTypeScript ? "ts" : "js"}`;
  return {
    changes: [
      {
        kind: "create",
        path,
        content: nextInstrumentation(name, packages.has("ai")),
        sentence: `create ${path}, which Next.js loads in both of its runtimes before the first request`,
      },
      ...variableChanges(variables),
    ],
    advice: [
      'Wrap route handlers that record spans, so that a platform waits for them: export const POST = withEverspan({ tracer: defaultTracer() }, handler), with withEverspan of "everspan/next"',
      "Model clients are observed where they are made: docs/integrations/model-clients.md",
    ],
  };
}

function variableChanges(variables: string | undefined): readonly Change[] {
  const path = ".env.local";
  const line = `EVERSPAN_COLLECTOR_URL=${COLLECTOR}`;
  const what = `which says where spans go: ${line}`;
  if (variables === undefined) {
    return [{ kind: "create", path, content: `${line}\n`, sentence: `create ${path}, ${what}` }];
  }
  if (variables.includes("EVERSPAN_COLLECTOR_URL=")) return [];
  const addition = `${/[^\n]$/.test(variables) ? "\n" : ""}${line}\n`;
  return [{ kind: "append", path, addition, sentence: `add a line to ${path}, ${what}` }];
}

function nextInstrumentation(service: string, usesAi: boolean): string {
  const ai = usesAi
    ? `  const { registerEverspan } = await import("everspan/ai");
  registerEverspan();
`
    : "";
  return `/** Called by Next.js once in each runtime, before the first request. Written by \`everspan init\`. */
export async function register() {
  const { setDefaultTracer, tracerFromEnv } = await import("everspan");
  setDefaultTracer(tracerFromEnv({ service: { name: ${JSON.stringify(service)} } }));
${ai}}
`;
}
