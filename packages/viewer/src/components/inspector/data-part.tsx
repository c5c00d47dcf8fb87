import { isOmittedPayload, type StoredSpan } from "@everspan/protocol";
import { isContainer } from "../../model/json/json-shape.ts";
import { singleLine } from "../../model/text/hostile-text.ts";
import { JsonView } from "../text/json-view.tsx";
import { PlainText } from "../text/plain-text.tsx";
import styles from "./inspector.module.css";
import { CutNote, PartTitle, Payload } from "./payload.tsx";

/** More would be a page of names: the rest is in the JSON below. */
const MAX_ROWS = 60;

/** What was noted beside input and output: plain values as a table, the rest as JSON. */
export function DataPart({ span }: { readonly span: StoredSpan }) {
  const isOmitted = isOmittedPayload(span.data);
  const entries = Object.entries((isOmitted ? undefined : span.data) ?? {});
  const plain = entries.filter(([, value]) => !isContainer(value)).slice(0, MAX_ROWS);
  const rest = Object.fromEntries(entries.filter((entry) => !plain.includes(entry)));
  return (
    <>
      <PartTitle title="Attributes" value={span.data} />
      <CutNote value={span.data} />
      {isOmitted && <Payload value={span.data} nothing="" />}
      {plain.length > 0 && (
        <table className={styles.attributes}>
          <tbody>
            {plain.map(([name, value]) => (
              <tr key={name}>
                <th scope="row">
                  <bdi>{singleLine(name, 120)}</bdi>
                </th>
                <td>{typeof value === "string" ? <PlainText text={value} headLength={600} /> : String(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {Object.keys(rest).length > 0 && <JsonView value={rest} />}
    </>
  );
}
