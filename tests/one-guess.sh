#!/usr/bin/env bash
# Draws lines of shipped code for the game "one guess": somebody describes in a sentence what each
# line is part of, and somebody else, who has seen only the tree and ARCHITECTURE.md, names its file.
#   tests/one-guess.sh [SEED] [COUNT]     prints the seed, then file:line and the line
set -euo pipefail
cd "$(dirname "$0")/.."

seed="${1:-$(date +%s)}" count="${2:-40}"
echo "seed $seed"
git ls-files -- '*.rs' '*.ts' '*.vue' '*.sql' |
    grep -vE '(^|/)(tests|benches)/|tests\.rs$|\.test\.ts$|^ui/src/bindings\.ts$|build\.rs$' |
    while read -r file; do
        # Lines that say something: no comments, no imports, no lone brackets. Tests end the file.
        awk -v file="$file" '
            /^#\[cfg\(test\)\]/ { exit }
            { text = $0; gsub(/^[ \t]+|[ \t]+$/, "", text) }
            length(text) >= 24 && text !~ /^(\/\/|\/\*|\*|#|<!--|use |import |mod |pub mod |pub use )/ {
                print file ":" NR ": " text
            }' "$file"
    done |
    awk -v seed="$seed" 'BEGIN { srand(seed) } { print rand() "\t" $0 }' |
    LC_ALL=C sort -k1,1 | head -n "$count" | cut -f2-
