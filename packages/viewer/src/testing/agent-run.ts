/** A run of a coding agent as it would be recorded: each step sends the whole conversation again, tools fail and recover. */
import type { StoredSpan } from "@everspan/protocol";
import { drawTrace } from "./draw-trace.ts";

interface Step {
  readonly thought: string;
  readonly tool: string;
  readonly command: string;
  readonly output: string;
  readonly returnCode: number;
}

const SYSTEM = `You are a careful software engineer. You work in a repository through a shell.

Rules
- Run one command at a time and read what it prints before the next.
- Change as little as needed. Keep the style of the file you are in.
- Never edit the tests to make them pass.
- When the tests are green, show the diff and stop.

The repository is checked out in the working directory. Its tests run with \`npm test\`. You have no network.`;

const TASK = `The parser drops the last row of a CSV file that has no line break at its end.

Reproduce it, fix it, and add a test. The report is at https://example.test/issues/812 (you can't open it).`;

const STEPS: readonly Step[] = [
  {
    thought: "Let me look at how the parser is laid out before I touch anything.",
    tool: "shell",
    command: "ls -R src/csv && wc -l src/csv/*.ts",
    output:
      "src/csv:\nparser.ts\nparser.test.ts\nreader.ts\n\n  148 src/csv/parser.ts\n   96 src/csv/parser.test.ts\n   61 src/csv/reader.ts\n  305 total",
    returnCode: 0,
  },
  {
    thought:
      "The row is pushed when a line break is seen. I expect nothing flushes the buffer at the end. I'll check the loop.",
    tool: "shell",
    command: "sed -n 80,130p src/csv/parser.ts",
    output:
      '  for (const character of text) {\n    if (character === "\\n" && !isQuoted) {\n      rows.push(finishRow());\n      continue;\n    }\n    buffer += character;\n  }\n  return rows;',
    returnCode: 0,
  },
  {
    thought:
      'As expected. First a test that fails:\n\n```ts\ntest("the last row needs no line break", () => {\n  expect(parse("a,b\\nc,d")).toEqual([["a", "b"], ["c", "d"]]);\n});\n```\n\nI\'ll add it and run the suite.',
    tool: "shell",
    command: "npm test -- src/csv",
    output:
      'FAIL  src/csv/parser.test.ts > the last row needs no line break\n\n- Expected\n+ Received\n\n  [\n    ["a", "b"],\n-   ["c", "d"],\n  ]\n\n Tests  1 failed | 11 passed (12)',
    returnCode: 1,
  },
  {
    thought: "It fails for the right reason. Now the fix: flush what is left in the buffer after the loop.",
    tool: "shell",
    command:
      "apply_patch <<'PATCH'\n--- a/src/csv/parser.ts\n+++ b/src/csv/parser.ts\n@@ -87,3 +87,4 @@\n     buffer += character;\n   }\n+  if (buffer !== \"\") rows.push(finishRow());\n   return rows;\nPATCH",
    output: "patching file src/csv/parser.ts",
    returnCode: 0,
  },
  {
    thought: "Now the whole suite, not only this folder.",
    tool: "shell",
    command: "npm test",
    output: " Test Files  23 passed (23)\n      Tests  188 passed (188)\n   Duration  4.12s",
    returnCode: 0,
  },
];

const DRAWING = `
  fix-csv-parser AGENT_WORKFLOW 0-31840
    recall       KB_RETRIEVAL   12-231
    think-1      COMPLETION     240-3120
    shell-1      CODE_EXECUTION 3131-3164
    think-2      COMPLETION     3170-7420
    shell-2      CODE_EXECUTION 7431-7449
    think-3      COMPLETION     7460-13890
    shell-3      CODE_EXECUTION 13902-16730 ERROR
    think-4      COMPLETION     16741-21050
    shell-4      CODE_EXECUTION 21061-21102
    think-5      COMPLETION     21110-24660
    shell-5      CODE_EXECUTION 24671-29010
    review       AGENT_TRACER   29020-31700
      critic     COMPLETION     29031-31200
      policy     GUARDRAIL      31210-31690
`;

export function agentRun(): StoredSpan[] {
  return drawTrace(DRAWING, payloads(STEPS));
}

/** The same task by another way from its fourth step on: to be compared with. */
export function otherAgentRun(): StoredSpan[] {
  const drawing = DRAWING.split("\n").filter((line) => !/-5 /.test(line));
  return drawTrace(drawing.join("\n"), payloads([...STEPS.slice(0, 3), OTHER_STEP]));
}

const OTHER_STEP: Step = {
  thought: "It fails for the right reason. The reader should always end its text with a line break.",
  tool: "shell",
  command: "apply_patch <<'PATCH'\n--- a/src/csv/reader.ts\n+++ b/src/csv/reader.ts\nPATCH",
  output: "patching file src/csv/reader.ts",
  returnCode: 0,
};

function payloads(steps: readonly Step[]): Record<string, Partial<StoredSpan>> {
  const messages: unknown[] = [
    { role: "system", content: SYSTEM },
    { role: "user", content: TASK },
  ];
  const extra: Record<string, Partial<StoredSpan>> = {
    "fix-csv-parser": {
      name: "fix-csv-parser",
      input: { task: TASK, repository: "acme/tables", attempt: 1, limits: { steps: 40, costUsd: 2 } },
      output: {
        status: "done",
        tests: { passed: 188, failed: 0 },
        changedFiles: ["src/csv/parser.ts", "src/csv/parser.test.ts"],
      },
      data: { user: "mina", tags: ["nightly", "csv"] },
    },
    recall: {
      name: "recall similar fixes",
      input: { query: "csv last row missing", limit: 3 },
      output: {
        documents: [
          { id: "kb-118", score: 0.83 },
          { id: "kb-7", score: 0.41 },
        ],
      },
    },
    review: { name: "review", input: { diff: "2 files, +8 −0" }, output: "approved" },
    critic: {
      ...completion("critic", 2140, 96),
      input: {
        messages: [
          { role: "system", content: "You review changes. Be brief." },
          { role: "user", content: "Review: 2 files, +8 −0" },
        ],
      },
      output: { role: "assistant", content: "The fix is minimal and tested. Approved." },
    },
    policy: {
      name: "policy check",
      input: { text: "The fix is minimal and tested." },
      output: { allowed: true, rules: 14 },
    },
  };
  steps.forEach((step, index) => {
    const number = index + 1;
    const reply = {
      role: "assistant",
      content: step.thought,
      tool_calls: [
        {
          id: `call_${number}f3a`,
          type: "function",
          function: { name: step.tool, arguments: JSON.stringify({ command: step.command }) },
        },
      ],
    };
    extra[`think-${number}`] = {
      ...completion("chat claude-sonnet", 1650 + 900 * number, 80 + step.thought.length),
      input: { model: "claude-sonnet-4-5", temperature: 0.2, messages: [...messages] },
      output: {
        id: `chatcmpl-${number}`,
        object: "chat.completion",
        choices: [{ index: 0, finish_reason: "tool_calls", message: reply }],
      },
    };
    extra[`shell-${number}`] = {
      name: step.tool,
      input: { command: step.command, cwd: "/repo", timeoutMs: 60_000 },
      output: { output: step.output, returncode: step.returnCode },
      ...(step.returnCode === 0
        ? {}
        : {
            error: { type: "CommandFailed", message: `npm test ended with exit code ${step.returnCode}`, stack: STACK },
          }),
    };
    messages.push(reply, { role: "tool", tool_call_id: `call_${number}f3a`, content: step.output });
  });
  return extra;
}

const STACK = `CommandFailed: npm test ended with exit code 1
    at runShell (file:///app/src/tools/shell.ts:41:11)
    at async runTool (file:///app/src/agent/run-tool.ts:18:20)
    at async runAgent (file:///app/src/agent/loop.ts:63:22)`;

function completion(name: string, inputTokens: number, outputTokens: number): Partial<StoredSpan> {
  return {
    name,
    model: "anthropic/claude-sonnet-4-5",
    inputTokens,
    outputTokens,
    costUsd: (inputTokens * 3 + outputTokens * 15) / 1e6,
    data: {
      usage: { input_tokens: inputTokens, output_tokens: outputTokens },
      cost_usd: (inputTokens * 3 + outputTokens * 15) / 1e6,
    },
  };
}
