/** For a test: moves an older file over, and says so after each step, until it is killed. */
import { SqliteTraceStore } from "../sqlite-trace-store.ts";

const store = new SqliteTraceStore({ path: process.argv[2]! });
for (;;) {
  const { traces } = await store.stats("project");
  process.stdout.write(`${traces}\n`);
  if (traces === 600) break;
  await new Promise((resolve) => setTimeout(resolve, 20));
}
await store.close();
