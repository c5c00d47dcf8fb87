/** Who lost what in an outage and in a crash: a row for each subject, a column for each form. */
import { ENDINGS, OUTAGES } from "./faults.mjs";
import { SUBJECTS } from "./subjects.mjs";
import { accountText, markdownTable } from "./tables.mjs";

export function outageTable(cells) {
  const head = OUTAGES.flatMap((outage) => [`${outage}: lost of 2,000`, "its account", "all there after, s"]);
  const lines = rowsBySubject(cells, OUTAGES, (cell) => {
    if (cell?.failed !== undefined) return [cell.failed, "", ""];
    if (cell === undefined) return ["–", "–", "–"];
    const { lost, lostByOwnAccount, repeated, recoveredMs } = cell;
    const twice = repeated > 0 ? `${lost}, ${repeated} twice` : lost;
    return [twice, accountText(lost, lostByOwnAccount), lost > 0 ? "never" : (recoveredMs / 1000).toFixed(1)];
  });
  return markdownTable(["", ...head], lines);
}

export function crashTable(cells) {
  const lines = rowsBySubject(cells, ENDINGS, (cell) => {
    if (cell === undefined) return ["–"];
    if (cell.failed !== undefined) return [cell.failed];
    return [cell.moments.map(momentText).join("; ")];
  });
  return markdownTable(["lost of spans ended", ...ENDINGS], lines);
}

function momentText({ ended, lost, lostAfterStart, lostByOwnAccount }) {
  if (lostAfterStart === undefined) return `${lost} of ${ended}`;
  const counted = lostAfterStart === 0 && lostByOwnAccount === 0 ? "" : ` (its account: ${lostByOwnAccount} records)`;
  return `${lost} of ${ended}, after the next start ${lostAfterStart}${counted}`;
}

function rowsBySubject(cells, variants, textsOf) {
  const names = SUBJECTS.map(({ name }) => name).filter((name) => cells.some(({ subject }) => subject === name));
  return names.map((name) => {
    const own = cells.filter(({ subject }) => subject === name);
    return [name, ...variants.flatMap((variant) => textsOf(own.find((cell) => cell.variant === variant)))];
  });
}
