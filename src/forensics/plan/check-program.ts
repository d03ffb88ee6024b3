/** A capture without packets, which the program below makes for itself. */
export const EMPTY_CAPTURE = '/workspace/.empty.pcap';

/** Where CHECK_PROGRAM lies in the sandbox. */
export const CHECK_PATH = '/workspace/capwright-check.sh';

/**
 * Answers questions that a script raises before it runs. Each comes on standard input as words that end with a zero
 * byte; each answer begins with a line that begins with `@`:
 *   program NAME            → `@missing NAME` where the shell finds nothing of that name
 *   tshark ID COUNT WORD... → `@tshark ID STATUS`, then what tshark said, indented
 *   fields PREFIX SUFFIX    → `@field NAME` for fields of that protocol, or else for fields that end so
 * No word of a script is ever executed or expanded.
 */
export const CHECK_PROGRAM = String.raw`set -u
empty=/workspace/.empty.pcap
next() { IFS= read -r -d '' "$1"; }
printf '\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\x01\x00\x00\x00' >"$empty"
while next kind; do
  case $kind in
  program)
    next name
    type -t -- "$name" >/dev/null || printf '@missing %s\n' "$name"
    ;;
  tshark)
    next id
    next count
    words=()
    for ((n = 0; n < count; n++)); do
      next word
      words+=("$word")
    done
    said=$(tshark "${'${words[@]}'}" 2>&1 >/dev/null </dev/null)
    printf '@tshark %s %s\n' "$id" "$?"
    printf '%s\n' "${'${said:0:2000}'}" | sed 's/^/  /'
    ;;
  fields)
    next prefix
    next suffix
    tshark -G fields 2>/dev/null </dev/null | awk -F'\t' -v prefix="$prefix." -v suffix=".$suffix" '
      $1 != "F" { next }
      index($3, prefix) == 1 { own[++n] = $3 }
      substr($3, length($3) - length(suffix) + 1) == suffix { like[++m] = $3 }
      END {
        for (i = 1; i <= n && i <= 2000; i++) print "@field " own[i]
        for (i = 1; n == 0 && i <= m && i <= 200; i++) print "@field " like[i]
      }'
    ;;
  esac
done
`;
