/** What `--help` prints: only what exists. */
export const USAGE = `everspan: agent tracing on your own machine

  everspan serve [options]      receive spans, keep them, show them in the browser

    --host ADDRESS              address to listen on (default 127.0.0.1; any other needs a token)
    --port NUMBER               port to listen on (default 4318; 0 picks a free one)
    --data DIRECTORY            where spans are kept (default: the user's directory for data, or EVERSPAN_DATA)
    --token TOKEN               ask every reader and sender for this token (or set EVERSPAN_TOKEN)
    --allow-host NAME           another name this server is reached by; may be repeated
    --no-sample                 leave an empty store empty: record no run of the sample agent

  everspan drain DIRECTORY      deliver what dead processes left in a spool, to where the environment says

    --to URL                    deliver to this collector instead (or set EVERSPAN_COLLECTOR_URL)
    --timeout SECONDS           how long to try (default 60)

  everspan ledger DIRECTORY     print the accounts of a spool: what became of every record

  everspan --help
  everspan --version
`;

/** The command line is wrong: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
