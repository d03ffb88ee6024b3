/** What `capwright --help` prints. */
export const HELP = `capwright: packet captures in Azure, and what they show

  capwright serve [--stdio | --http] [--host H] [--port N]
      Serve MCP to one host over stdio (default), or over HTTP at http://127.0.0.1:3000/mcp.
  capwright analyze FILE [--json] [--out DIR] [--context TEXT] [--llm auto|off]
                          [--privacy facts-only] [--verify]
      Analyse a .cap, .pcap or .pcapng file, plain or packed with gzip or zstd, and print the report, or everything
      as JSON; without a sandbox, in part. --out also writes report.md, report.html (with plots), analysis.json and
      plan.sh into DIR. --verify runs the filter of every finding over the whole file again.
  capwright flow FILE (--stream tcp:N | --between ADDRESS[:PORT],ADDRESS[:PORT] | --frames N[-M]) [--json | --follow]
      Show single packets or one conversation of a capture, however large: a line each, decoded, or what was said.
  capwright replay TASK [--capture FILE] [--json]
      Run the script of a finished analysis again on the same capture (by SHA-256) and compare exit code and stdout with
      what was kept. Exits with 0: the same, 1: different, 2: it could not be compared.
  capwright demo [--out DIR]
      Watch a whole capture against a simulated Azure on this machine; ends with the report, and keeps it in DIR.
  capwright local-azure [--help] [--env] ...
      Run that simulated Azure by itself, for any program that uses the Azure SDK.
  capwright doctor
      Say what is missing on this machine and the command that fixes it.
  capwright cleanup [--apply PLAN_ID] [--json]
      Show what was left behind; with a plan's id, clean it up.
  capwright audit verify FILE [--json]
      Say whether an audit file is what was written, and else the first line that is not.

Common options
  --state-dir DIR   tasks, audit, captures and reports (default ~/.local/state/capwright)
  --session ID      name of the audit session

Settings come from the environment; the README lists them. Results go to stdout, everything else to stderr.
Exit codes: 0 done, 1 refused or failed, 2 wrong usage.
`;
