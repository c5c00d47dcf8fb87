/**
 * What the tests import as `vitest`, without Vitest's processes: tests are registered once and can be run again and
 * again in one process, a mutant at a time. Only what the repository's tests use is here; a test file that needs more
 * fails to load, and its tests are not used against mutants.
 */
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  addCustomEqualityTesters,
  chai,
  customMatchers,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from "@vitest/expect";
import { fn, restoreAllMocks, spyOn } from "@vitest/spy";

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);
export const expect = (value, message) => chai.expect(value, message);
Object.assign(expect, chai.expect, globalThis[ASYMMETRIC_MATCHERS_OBJECT], {
  unreachable: (message) => chai.assert.fail(message ?? "expected not to be reached"),
  extend: (matchers) => chai.expect.extend(expect, matchers),
  addEqualityTesters: addCustomEqualityTesters,
});
setState({ assertionCalls: 0 }, expect);
expect.extend(customMatchers);

const delay = setTimeout;
async function poll(look, { timeout = 1_000, interval = 20 } = {}, isDone = () => true) {
  for (let waited = 0; ; waited += interval) {
    try {
      const value = await look();
      if (isDone(value)) return value;
      if (waited >= timeout) throw new Error("waited for too long");
    } catch (error) {
      if (waited >= timeout) throw error;
    }
    await new Promise((resolve) => delay(resolve, interval));
  }
}
export const vi = {
  fn,
  spyOn,
  restoreAllMocks,
  waitFor: (look, options) => poll(look, typeof options === "number" ? { timeout: options } : options),
  waitUntil: (look, options) => poll(look, typeof options === "number" ? { timeout: options } : options, Boolean),
  // A time limit of its own: the runner's stands.
  setConfig: () => {},
};

const newSuite = (parent, title) => ({ parent, title, before: [], after: [], beforeAll: [], afterAll: [] });
let suite = newSuite(undefined, "");
let registered = [];
let finishing = [];

/** Runs the body with a suite of its own for the file and gives the tests that it registered. */
export async function collect(file, body) {
  suite = newSuite(undefined, file);
  registered = [];
  await body();
  await Promise.all(registered.splice(0).map((entry) => tests.push(entry)));
  return tests.splice(0);
}
const tests = [];

export const beforeEach = (hook) => suite.before.push(hook);
export const afterEach = (hook) => suite.after.push(hook);
export const beforeAll = (hook) => suite.beforeAll.push(hook);
export const afterAll = (hook) => suite.afterAll.push(hook);
export const onTestFinished = (hook) => finishing.push(hook);
export const expectTypeOf = () => new Proxy(() => {}, { get: () => expectTypeOf(), apply: () => expectTypeOf() });

function titleOf(template, row, index) {
  let next = 0;
  const given = Array.isArray(row) ? row : [row];
  return template
    .replace(/%[sdifjoO#%]/g, (sign) => titlePart(sign, index, () => given[next++]))
    .replace(/\$([\w.]+)/g, (_, path) => String(path.split(".").reduce((value, key) => value?.[key], row)));
}

function titlePart(sign, index, next) {
  if (sign === "%#") return index;
  if (sign === "%%") return "%";
  return sign === "%j" ? JSON.stringify(next()) : String(next());
}

function eachOf(register) {
  return (rows) =>
    (title, ...rest) =>
      rows.forEach((row, index) => {
        const call = (body) => () => (Array.isArray(row) ? body(...row) : body(row));
        register(titleOf(title, row, index), ...rest.map((part) => (typeof part === "function" ? call(part) : part)));
      });
}

export function test(title, ...rest) {
  const body = rest.find((part) => typeof part === "function");
  registered.push({ title, body, suite });
}
test.each = eachOf(test);
test.skip = () => {};
test.skip.each = () => () => {};
test.skipIf = (skip) => (skip ? test.skip : test);
test.runIf = (run) => (run ? test : test.skip);
export const it = test;

export function describe(title, ...rest) {
  const body = rest.find((part) => typeof part === "function");
  suite = newSuite(suite, title);
  // The bodies of the repository's suites are synchronous.
  body();
  suite = suite.parent;
}
describe.each = eachOf(describe);
describe.skip = () => {};
describe.skip.each = () => () => {};
describe.skipIf = (skip) => (skip ? describe.skip : describe);

export function nameOf({ title, suite: of }) {
  const names = [title];
  for (let at = of; at; at = at.parent) names.unshift(at.title);
  return names.join(" > ");
}

/** Runs one test with the hooks around it; rejects with what failed. */
export async function runTest(entry) {
  const suites = [];
  for (let at = entry.suite; at; at = at.parent) suites.unshift(at);
  const cleanups = [];
  let failure;
  const attempt = async (body) => {
    try {
      return await body();
    } catch (error) {
      failure ??= { error };
    }
  };
  await attempt(async () => {
    finishing = [];
    for (const { before, beforeAll } of suites) {
      for (const hook of [...beforeAll, ...before]) {
        const cleanup = await hook({});
        if (typeof cleanup === "function") cleanups.push(cleanup);
      }
    }
    await entry.body({ expect, onTestFinished, task: { name: entry.title } });
  });
  for (const hook of finishing.splice(0).reverse()) await attempt(() => hook({}));
  for (const { after, afterAll } of suites.reverse()) {
    for (const hook of [...after, ...afterAll]) await attempt(() => hook({}));
  }
  for (const cleanup of cleanups) await attempt(cleanup);
  if (failure) throw failure.error;
}
