#!/bin/sh
# Lists the rule ids that no test of the crate `rules` names. Prints nothing and succeeds when there is none.
#
# A test holds the code to a rule when its name begins with the rule's id (`l3_one_issue_a_day…`) or names it among several at the
# beginning (`l10_l11_…`, `e1_e2_…`). Reasons and rejections of corrections carry `cr_` in front (`cr_n1_…`), because N and E are also the
# letters of the rules of names and of eligibility.
set -eu
cd "$(dirname "$0")/.."

ids="
e1 e2 e3 e4 e5 e6 e7 e8 e9 e10
l1 l2 l3 l4 l5 l6 l7 l8 l9 l10 l11
m1 m2 m3 m4 m5 m6 m7
n1 n2 n3 n4 n5
cr_n1 cr_n2 cr_n3 cr_n4 cr_n5 cr_p1 cr_p2 cr_p3 cr_p4
cr_e1_to_cr_e8 cr_four_eyes cr_approval cr_states cr_due cr_one_open
s4 s5 s11
"

# Only functions that are tests: the attribute stands on one of the two lines before.
tests=$(grep -rhB2 -E '^ *fn [a-z0-9_]+\(' rules/src rules/tests --include='*.rs' |
    awk '/#\[test\]/ { test = 1; next } test && /fn [a-z0-9_]+\(/ { sub(/^ *fn /, ""); sub(/\(.*/, ""); print; test = 0 }')

missing=0
for id in $ids; do
    if ! printf '%s\n' "$tests" | grep -qE "^(cr_)?([elmns][0-9]+_)*${id}_"; then
        echo "no test for rule $id"
        missing=1
    fi
done
exit "$missing"
