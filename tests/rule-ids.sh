#!/bin/sh
# Lists the rule ids that no test of the crate `rules` names. Succeeds silently if there is none.
#
# A test covers a rule if its name begins with the rule id (`l3_one_issue_a_day…`), with several ids
# (`l10_l11_…`) or with a range (`cr_n1_to_cr_p4_…`, in the order of the list below). Reasons and
# rejections of corrections have the prefix `cr_`, because the rules of names and of eligibility use
# N and E too.
set -eu
cd "$(dirname "$0")/.."

ids="
e1 e2 e3 e4 e5 e6 e7 e8 e9 e10
l1 l2 l3 l4 l5 l6 l7 l8 l9 l10 l11 l13
m1 m2 m3 m4 m5 m6 m7
n1 n2 n3 n4 n5
cr_n1 cr_n2 cr_n3 cr_n4 cr_n5 cr_p1 cr_p2 cr_p3 cr_p4
cr_e1 cr_e2 cr_e3 cr_e4 cr_e5 cr_e6 cr_e7 cr_e8
cr_four_eyes cr_approval cr_states cr_due cr_one_open cr_maker
l_table a1 a3 a4 a7 s4 s5 s11 s12
v1 v2 v3 v4 v5
"

# Only test functions count: the attribute is on one of the two lines before.
grep -rhB2 -E '^ *fn [a-z0-9_]+\(' rules/src rules/tests --include='*.rs' |
    awk '/#\[test\]/ { test = 1; next } test && /fn [a-z0-9_]+\(/ { sub(/^ *fn /, ""); sub(/\(.*/, ""); print; test = 0 }' |
    awk -v ids="$ids" '
        BEGIN { count = split(ids, id, /[ \n]+/); for (i = 1; i <= count; i++) if (id[i] != "") place[id[i]] = i }
        # Returns the longest id that the text begins with, or nothing.
        function leading(text,   found, i) {
            found = ""
            for (i = 1; i <= count; i++)
                if (id[i] != "" && index(text, id[i] "_") == 1 && length(id[i]) > length(found)) found = id[i]
            return found
        }
        {
            text = $0 "_"
            while ((first = leading(text)) != "") {
                text = substr(text, length(first) + 2)
                last = substr(text, 1, 3) == "to_" ? leading(substr(text, 4)) : ""
                if (last == "") { named[place[first]] = 1; continue }
                text = substr(text, length(last) + 5)
                for (i = place[first]; i <= place[last]; i++) named[i] = 1
            }
        }
        END {
            for (i = 1; i <= count; i++) if (id[i] != "" && !named[i]) { print "no test for rule " id[i]; missing = 1 }
            exit missing
        }'
