/** Prints what no test noticed as soon as it is known: a room may take an hour. */
import { relative } from "node:path";
import { declareClassPlugin, PluginKind } from "@stryker-mutator/api/plugin";

class SaySurvivors {
  onMutantTested({ fileName, location: { start, end }, mutatorName, replacement, status }) {
    if (status !== "Survived" && status !== "NoCoverage") return;
    const where = `${relative(process.cwd(), fileName)}:${start.line}:${start.column}-${end.line}:${end.column}`;
    const by = replacement?.replace(/\s+/g, " ").slice(0, 100);
    console.log(`${status === "NoCoverage" ? "untested" : "survived"}: ${where} ${mutatorName}: ${by}`);
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.Reporter, "survivors", SaySurvivors)];
