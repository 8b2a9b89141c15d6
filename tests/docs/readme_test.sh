#!/bin/sh
# readme_test.sh TCPSIM: holds README.md against the program, from the top of the repository.
set -eu
tcpsim=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

block() { # OPENING: the first fenced block of README.md that opens with this line
    awk -v opening="$1" '$0 == opening && !seen { inside = seen = 1; next } /^```/ { inside = 0 } inside' README.md
}
wrong() {
    failures=$((failures + 1))
    echo "FAILED: README.md $*"
}

# Its output: every line, except for what the wall clock says.
timeless() { sed -e 's/ in [0-9.]* [^ ]* of wall time/ in some wall time/' -e 's/ *$//'; }
COLUMNS=120 "$tcpsim" run scenarios/reboot.yaml | timeless >"$work/real"
block '```' | timeless >"$work/shown"
[ "$(wc -l <"$work/shown")" -ge 20 ] || wrong 'shows no output'
while IFS= read -r line; do
    case $line in
        '' | *…) ;;
        *) grep -Fqx -e "$line" "$work/real" || wrong "shows a line that the program does not print: $line" ;;
    esac
done <"$work/shown"

# Its scenario.
block '```yaml' >"$work/story.yaml"
"$tcpsim" run -q "$work/story.yaml" || wrong 'shows a scenario that does not hold'

[ "$failures" -eq 0 ] && echo 'README.md shows what happens'
[ "$failures" -eq 0 ]
