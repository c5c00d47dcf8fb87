import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sgpItem } from "../testing/collector-fixture.ts";
import { CliProcess } from "../testing/serve-process.ts";

/** A small disk of the collector's own, without privileges: a mount in a namespace of its own. */
const canMount = spawnSync("unshare", ["-Urm", "true"]).status === 0;

test("S8 a full disk is 503 with Retry-After, reads go on, and writes heal when there is room again", async ({
  skip,
}) => {
  if (!canMount) skip("this machine does not let users mount a small disk (unshare -Urm)");
  const directory = mkdtempSync(join(tmpdir(), "everspan-full-"));
  const script = `mount -t tmpfs -o size=4m,mode=700 none ${directory} && head -c 2000000 /dev/zero > ${directory}/ballast && exec "$@"`;
  const collector = new CliProcess(
    ["serve", "--port", "0", "--data", directory, "--no-sample"],
    ["unshare", "-Urm", "sh", "-c", script, "sh"],
  );
  const url = await collector.listening();
  const put = (id: number) => {
    const items = [sgpItem({ id: `s${id}`, input: { text: `${id} `.repeat(5_000) } })];
    const init = { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ items }) };
    return fetch(`${url}/v5/spans/batch`, init);
  };
  const stored: number[] = [];
  let refused: Response | undefined;
  for (let id = 0; refused === undefined && id < 2000; id++) {
    const answer = await put(id);
    await answer.arrayBuffer();
    if (answer.status === 200) stored.push(id);
    else refused = answer;
  }
  expect(refused?.status).toBe(503);
  expect(refused?.headers.get("retry-after")).toBe("5");
  expect((await fetch(`${url}/api/traces/trace-1/spans/s${stored.at(-1)}`)).status).toBe(200);
  unlinkSync(`/proc/${collector.pid}/root${directory}/ballast`);
  expect((await put(9_999)).status).toBe(200);
  const { spans } = (await (await fetch(`${url}/api/traces/trace-1`)).json()) as { spans: { id: string }[] };
  expect(new Set(spans.map((span) => span.id))).toEqual(new Set([...stored, 9_999].map((id) => `s${id}`)));
  expect((await collector.kill("SIGTERM")).code).toBe(0);
  rmSync(directory, { recursive: true, force: true });
});
