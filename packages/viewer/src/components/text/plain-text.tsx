/**
 * Text of a trace as it is: white space kept, hidden characters spelled out, `http` and `https` addresses as links.
 * A long text is shown by its head; more is laid out only when asked for, in blocks the browser skips when out of view.
 */
import { useState } from "react";
import { formatBytes } from "../../model/text/format.ts";
import { exposeHidden } from "../../model/text/hostile-text.ts";
import { linkPieces } from "../../model/text/links.ts";
import { textChunks } from "../../model/text/text-chunks.ts";
import { useWholeSpan } from "../../state/run/whole-span.ts";

const HEAD_LENGTH = 4000;
const MORE_LENGTH = 512 * 1024;

interface PlainTextProps {
  readonly text: string;
  readonly isMono?: boolean;
  readonly headLength?: number;
}

export function PlainText({ text, isMono = false, headLength = HEAD_LENGTH }: PlainTextProps) {
  const [shownLength, setShownLength] = useState(headLength);
  const whole = useWholeSpan();
  const length = whole.lengthOf(text);
  // A little more than the head is shown whole: a button that reveals one line is a nuisance.
  const isWhole = length <= shownLength * 1.25 && text.length === length;
  const shown = isWhole ? text : text.slice(0, shownLength);
  const restLength = length - shown.length;
  const showMore = () => {
    setShownLength(shown.length + MORE_LENGTH);
    if (shown.length + MORE_LENGTH > text.length && length > text.length) whole.load();
  };
  return (
    <div className={isMono ? "plain-text mono" : "plain-text"}>
      {textChunks(shown).map((chunk) => (
        <TextChunk key={chunk.start} text={chunk.text} />
      ))}
      {!isWhole && (
        <button type="button" className="show-more" onClick={showMore}>
          {whole.isLoading
            ? `Loading ${formatBytes(length)}…`
            : restLength > MORE_LENGTH * 1.25
              ? `Show ${formatBytes(MORE_LENGTH)} more of ${formatBytes(restLength)}`
              : `Show all (${formatBytes(restLength)} more)`}
        </button>
      )}
    </div>
  );
}

function TextChunk({ text }: { readonly text: string }) {
  return (
    <div className="text-chunk">
      {linkPieces(exposeHidden(text)).map((piece, index) =>
        piece.href === undefined ? (
          piece.text
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one immutable text
          <a key={index} href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
            {piece.text}
          </a>
        ),
      )}
    </div>
  );
}
