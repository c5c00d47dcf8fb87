/**
 * A run of tests beside a list of what is known to fail there: `{ file: { "part of the test's name": reason } }`, where `"*"`
 * is the file as a whole, which is not run. So the list can't grow old: what stands in it and passes is a problem too.
 */

/** Files that are not run. */
export function filesLeftOut(known) {
  return Object.keys(known).filter((file) => "*" in known[file]);
}

/** The environment of a Vitest that does not run these files. */
export function leavingOut(files) {
  return { ...process.env, EVERSPAN_TESTS_LEFT_OUT: files.map((file) => `**/${file}`).join(",") };
}

/**
 * @param report of Vitest's json reporter
 * @param list its name in a sentence
 * @returns how many passed, and what failed unexpectedly or passed although it is known not to
 */
export function judgeReport({ testResults }, known, list) {
  const problems = [];
  let passed = 0;
  const unmet = new Set(
    Object.entries(known).flatMap(([file, names]) => Object.keys(names).map((name) => `${file} ${name}`)),
  );
  for (const { name: path, assertionResults, status, message } of testResults) {
    const file = Object.keys(known).find((file) => path.endsWith(`/${file}`));
    if (status === "failed" && assertionResults.length === 0) problems.push(`${path}: ${message}`);
    for (const { fullName, status, failureMessages } of assertionResults) {
      if (status === "passed") passed += 1;
      if (status !== "failed") continue;
      const part = Object.keys(known[file] ?? {}).find((part) => fullName.includes(part));
      if (part === undefined) problems.push(`${path}: ${fullName}: ${failureMessages[0]?.split("\n")[0]}`);
      else unmet.delete(`${file} ${part}`);
    }
  }
  for (const entry of unmet) {
    const wasRun = testResults.some(({ name }) => name.endsWith(`/${entry.split(" ")[0]}`));
    if (wasRun) problems.push(`stands in ${list} and passes: ${entry}`);
  }
  return { passed, problems };
}
