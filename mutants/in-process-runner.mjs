/**
 * A test runner for StrykerJS that loads a room's tests once and then runs, for each mutant, the tests that cover it:
 * milliseconds a mutant instead of a second. What one mutant leaves behind could make a test fail under the next, so
 * each failure is tried against the unchanged program: when that fails too, everything is loaded afresh and the
 * mutant is tried again.
 */
import { cpSync, existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { declareClassPlugin, PluginKind } from "@stryker-mutator/api/plugin";
import {
  DryRunStatus,
  determineHitLimitReached,
  TestStatus,
  toMutantRunResult,
} from "@stryker-mutator/api/test-runner";
import fc from "fast-check";
import { bundleTests } from "./bundle-tests.mjs";
import { collect, nameOf, runTest } from "./test-api.mjs";

/** A test that takes more of this process's CPU is not used, unless EVERSPAN_MUTANTS_TEST_MS says another bound. */
const MAX_TEST_MS = Number(process.env.EVERSPAN_MUTANTS_TEST_MS ?? 1_000);
/** Tests that try no source of the room: those that plant bugs of their own. */
const LEFT_OUT = new RegExp(process.env.EVERSPAN_MUTANTS_LEAVE_OUT || "(?!)");
const MAX_SETTLE_MS = 120_000;
const MIN_LIMIT_MS = 5_000;
const MAX_DRAWING_MS = 300;
/** A mutant that makes a test compute for longer than this, and five times longer than usual, is an endless loop. */
const MIN_CPU_LIMIT_MS = 600;
/** One that makes it wait with nothing to do for longer than this, and five times longer than usual, never settles. */
const MIN_IDLE_LIMIT_MS = 1_500;
const MS_PER_IDLE_LOOK = 100;
/** So often is the time looked at: a look costs more than a mutated place. */
const PLACES_PER_LOOK = 1 << 15;
/** In the sandbox, for the process that takes the place of one that was ended. */
const USUAL = ".mutants-usual.json";
const setTimer = setInterval;
const clearTimer = clearInterval;
const now = performance.now.bind(performance);
const eventLoop = performance.eventLoopUtilization.bind(performance);

class InProcessRunner {
  static inject = ["logger"];
  #log;
  #state = stateOfMutants();
  #tests = new Map();
  #usualMs = new Map();
  #usualCpuMs = new Map();
  #usualIdleMs = new Map();
  #stray = [];
  #generation = 0;
  #bundles = [];

  constructor(log) {
    this.#log = log;
  }

  /**
   * Nothing is loaded anew for a place that is also read before any test begins: like all others it is changed while
   * its tests run. To say so here spares a process of its own for each.
   */
  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    process.env.NODE_ENV = "test";
    // The same draws for each mutant, not for long, and no search for the smallest that fails.
    fc.configureGlobal({ seed: 1, endOnFailure: true, numRuns: 50, interruptAfterTimeLimit: MAX_DRAWING_MS });
    for (const event of ["unhandledRejection", "uncaughtException"]) {
      process.on(event, (error) => this.#stray.push(error));
    }
    await this.#load();
    if (existsSync(USUAL)) this.#remember(JSON.parse(readFileSync(USUAL, "utf8")));
  }

  /** What a test takes usually: this process's own dry run, or that of the process whose place it took. */
  #remember(usual) {
    this.#usualMs = new Map(usual.map(({ id, ms }) => [id, ms]));
    this.#usualCpuMs = new Map(usual.map(({ id, cpuMs }) => [id, cpuMs]));
    this.#usualIdleMs = new Map(usual.map(({ id, idleMs }) => [id, idleMs]));
  }

  async #load() {
    this.#generation += 1;
    this.#tests.clear();
    const files = [...new Set(globSync(process.env.EVERSPAN_MUTANTS_TESTS.split("\n")))].sort();
    const bundles = await this.#bundle(files);
    for (const [index, file] of files.entries()) {
      try {
        const entries = await collect(file, () => import(bundles[index]));
        for (const entry of entries) {
          const name = this.#unusedName(nameOf(entry));
          if (!LEFT_OUT.test(name)) this.#tests.set(name, { ...entry, file: resolve(file) });
        }
      } catch (error) {
        this.#log.warn(`not used, it can't be loaded here: ${file}: ${String(error).slice(0, 300)}`);
      }
    }
  }

  /** What was bundled stays as it is: to be evaluated anew it only needs another place. */
  async #bundle(files) {
    const folder = (generation) => resolve(`packages/sdk/.mutants-${process.pid}-${generation}`);
    if (this.#generation === 1) {
      this.#bundles = await bundleTests(files, folder(1));
      return this.#bundles;
    }
    cpSync(folder(1), folder(this.#generation), { recursive: true });
    return this.#bundles.map((path) => path.replace(folder(1), folder(this.#generation)));
  }

  /** Rows of a table may have one title: each is a test. */
  #unusedName(name) {
    let unused = name;
    for (let count = 2; this.#tests.has(unused); count++) unused = `${name} (${count})`;
    return unused;
  }

  async dryRun() {
    const results = [];
    const usual = [];
    for (const [id, entry] of this.#tests) {
      this.#state.currentTestId = id;
      const begun = now();
      const cpu = process.cpuUsage();
      const idle = idleMs();
      const failure = await this.#run(entry, MAX_SETTLE_MS, MAX_SETTLE_MS);
      this.#state.currentTestId = undefined;
      const { user, system } = process.cpuUsage(cpu);
      const cpuMs = (user + system) / 1_000;
      const timeSpentMs = now() - begun;
      const isUsed = !failure && cpuMs <= MAX_TEST_MS;
      if (!isUsed) {
        const why = failure ? String(failure.error).slice(0, 300) : `${Math.round(cpuMs)} ms of CPU`;
        this.#log.warn(`not used: ${id}: ${why}`);
        delete this.#state.mutantCoverage?.perTest[id];
      }
      usual.push({ id, ms: timeSpentMs, cpuMs, idleMs: idleMs() - idle });
      results.push({
        id,
        name: id,
        fileName: entry.file,
        timeSpentMs,
        status: isUsed ? TestStatus.Success : TestStatus.Skipped,
      });
    }
    this.#remember(usual);
    writeFileSync(USUAL, JSON.stringify(usual));
    this.#nameSlowest(results.filter(({ status }) => status === TestStatus.Success));
    const mutantCoverage = this.#state.mutantCoverage ?? { static: {}, perTest: {} };
    return { status: DryRunStatus.Complete, tests: results, mutantCoverage };
  }

  #nameSlowest(tests) {
    const cpuMs = (id) => Math.round(this.#usualCpuMs.get(id));
    const slowest = tests.toSorted((a, b) => cpuMs(b.id) - cpuMs(a.id)).slice(0, 15);
    const lines = slowest.map(({ id, timeSpentMs }) => `${cpuMs(id)} ms of ${Math.round(timeSpentMs)} ms: ${id}`);
    const all = tests.reduce((sum, { id }) => sum + cpuMs(id), 0);
    this.#log.info(`${tests.length} tests with ${all} ms of CPU, most of it:\n${lines.join("\n")}`);
  }

  async mutantRun({ activeMutant, testFilter, hitLimit }) {
    const ids = (testFilter ?? [...this.#tests.keys()]).filter((id) => this.#tests.has(id));
    // The quick ones first: most mutants die early.
    ids.sort((a, b) => (this.#usualMs.get(a) ?? 0) - (this.#usualMs.get(b) ?? 0));
    let result = await this.#tryMutant(activeMutant.id, ids, hitLimit);
    if (result.isDoubtful) {
      await this.#load();
      result = await this.#tryMutant(activeMutant.id, ids, hitLimit);
    }
    return toMutantRunResult(
      determineHitLimitReached(this.#state.hitCount, hitLimit) ?? {
        status: DryRunStatus.Complete,
        tests: result.tests,
      },
    );
  }

  /** Runs the tests until one fails. Doubtful: the failing test fails without the mutant too. */
  async #tryMutant(mutant, ids, hitLimit) {
    Object.assign(this.#state, { hitCount: 0, hitLimit });
    const done = [];
    for (const id of ids) {
      const entry = this.#tests.get(id);
      const limitMs = MIN_LIMIT_MS + 10 * (this.#usualMs.get(id) ?? 0);
      const idleLimitMs = MIN_IDLE_LIMIT_MS + 5 * (this.#usualIdleMs.get(id) ?? 0);
      this.#activate(mutant, MIN_CPU_LIMIT_MS + 5 * (this.#usualCpuMs.get(id) ?? 0));
      const begun = now();
      const failure = await this.#run(entry, limitMs, idleLimitMs);
      this.#activate(undefined);
      const base = { id, name: id, fileName: entry.file, timeSpentMs: now() - begun };
      if (!failure) {
        done.push({ ...base, status: TestStatus.Success });
        continue;
      }
      const { hitCount } = this.#state;
      Object.assign(this.#state, { hitCount: 0, hitLimit: undefined });
      const isDoubtful = (await this.#run(entry, limitMs, idleLimitMs)) !== undefined;
      this.#state.hitCount = hitCount;
      const failureMessage = String(failure.error?.message ?? failure.error).slice(0, 500);
      return { isDoubtful, tests: [...done, { ...base, status: TestStatus.Failed, failureMessage }] };
    }
    return { isDoubtful: false, tests: done };
  }

  #activate(mutant, cpuLimitMs = Number.POSITIVE_INFINITY) {
    this.#state.activeMutant = mutant;
    this.#state.endsAtCpuMs = cpuMsSpent() + cpuLimitMs;
    // Processes and threads that a test starts run the same mutant.
    if (mutant === undefined) delete process.env.__STRYKER_ACTIVE_MUTANT__;
    else process.env.__STRYKER_ACTIVE_MUTANT__ = mutant;
  }

  /** What made the test fail, or `undefined`. */
  async #run(entry, limitMs, idleLimitMs) {
    this.#stray.length = 0;
    const begun = now();
    const idle = idleMs();
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimer(() => {
        if (now() - begun > limitMs || idleMs() - idle > idleLimitMs) reject(new Error("not settled in time"));
      }, MS_PER_IDLE_LOOK);
    });
    try {
      await Promise.race([runTest(entry), late]);
      await new Promise((resolve) => setImmediate(resolve));
      return this.#stray.length > 0 ? { error: this.#stray[0] } : undefined;
    } catch (error) {
      return { error };
    } finally {
      clearTimer(timer);
    }
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, "in-process", InProcessRunner)];

/**
 * The object by which StrykerJS's instrumented sources are told which mutant runs, and tell what they covered. Each
 * mutated place asks it, so that an endless loop anywhere in them is ended from here, in this process: StrykerJS
 * itself would end it with the process, and everything would be loaded anew.
 */
function stateOfMutants() {
  globalThis.__stryker__ ??= {};
  const state = globalThis.__stryker__;
  let activeMutant = state.activeMutant;
  let places = 0;
  Object.defineProperty(state, "activeMutant", {
    get() {
      places += 1;
      if (places % PLACES_PER_LOOK === 0 && activeMutant !== undefined && cpuMsSpent() > state.endsAtCpuMs) {
        // Every further place throws too: whoever catches this gets no further.
        places -= 1;
        throw new Error("an endless loop");
      }
      return activeMutant;
    },
    set(mutant) {
      activeMutant = mutant;
    },
  });
  return state;
}

/** How long this process has waited for something to happen: not for the processor, which others may hold. */
function idleMs() {
  return eventLoop().idle;
}

function cpuMsSpent() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
