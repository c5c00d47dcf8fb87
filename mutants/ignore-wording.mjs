/**
 * Leaves the wording of messages as it is: no test should hold how an error, a warning or a refusal is phrased. What is
 * passed along in one (a code, a number, a condition) is changed like everything else.
 */
import { declareClassPlugin, PluginKind } from "@stryker-mutator/api/plugin";

/** Calls whose texts people read. */
const SAYS = /^(invalid|fail|failed|refuse|refusal|refused|reject|warn|warnLimited|warnOnce|debug|info|error|says?)$/i;

class IgnoreWording {
  shouldIgnore(path) {
    if (!path.isStringLiteral() && !path.isTemplateLiteral()) return undefined;
    const call = path.findParent(
      (parent) => parent.isNewExpression() || parent.isCallExpression() || parent.isFunction(),
    );
    if (!call || call.isFunction()) return undefined;
    const { callee, arguments: given } = call.node;
    const name = callee.type === "MemberExpression" ? (callee.property.name ?? callee.property.id?.name) : callee.name;
    if (call.isNewExpression()) {
      // An error's code comes before its message.
      const isCode = given.length > 1 && path.node === given[0];
      return !isCode && /(Error|Refusal)$/.test(name ?? "") ? "wording" : undefined;
    }
    return SAYS.test(name ?? "") ? "wording" : undefined;
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.Ignore, "wording", IgnoreWording)];
