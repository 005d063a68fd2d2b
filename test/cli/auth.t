#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Who asks: methods that are built in, unknown ones, and programs that check.
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

record() { grep -rh -- "drop: $1.yaml" s/jobs; }	# NAME	the first line of its file

hub
site north
cat >check <<'SH'
#!/bin/sh
# A password in the request's spec, as a person would write it.
words=$(sed -n 's/.*word: *\([a-z]*\).*/\1/p')
echo "$1 $words ${SPOOL_OWNER:-nobody}" >>"${0%/*}/asked"
case $words in
sesame) echo "CN=Ali Baba" ;;
later) [ -e "${0%/*}/up" ] && echo "CN=Late" || exit 75 ;;
slow) sleep 60 ;;
*) echo "the word is not $words"; exit 1 ;;
esac
SH
chmod +x check
cat >>s/config.yaml <<EOF
auth:
  methods:
    magic: {check: $TMP/check, timeout: PT1M}
    hasty: {check: $TMP/check, timeout: PT1S}
    broken: {check: $TMP/no-such-program}
EOF

job owner.yaml 'auth: {type: owner}'
job magic.yaml 'auth: {type: "https://example.org/auth-type/magic", spec: {word: sesame}}'
job wrong.yaml 'auth: {type: magic, spec: {word: please}}'
job both.yaml 'auth: [{type: magic, spec: {word: please}}, {type: owner}]'
job unknown.yaml 'auth: {type: "https://example.org/auth-type/kerberos"}'
cp owner.yaml magic.yaml wrong.yaml both.yaml unknown.yaml s/inbox/
ok "all is done at once" spoold --once s
ok "the owner's job is taken" test -n "$(record owner)"
like "$(record magic)" 'auth: magic, identity: "?CN=Ali Baba' "one that the check accepts, with what it said"
like "$(reason wrong)" 'auth: magic: the word is not please' "one that it does not is rejected in its words"
like "$(record both)" 'auth: owner' "another method of the same request counts"
like "$(grep -rh 'answer:' s/jobs/failed)" 'NO.*authentication is not supported: kerberos' "an unknown one is a NO"
like "$(cat asked)" "magic sesame $(id -u)" "the program is told who dropped it"

job magic.yaml 'auth: {type: magic, spec: {word: sesame}}'
cp magic.yaml s/inbox/again.yaml
: >asked
ok "the same once more" spoold --once s
is "$(wc -l <asked)" 1 "is asked once more"

serve
job later.yaml 'auth: {type: magic, spec: {word: later}}'
job slow.yaml 'auth: {type: hasty, spec: {word: slow}}'
job broken.yaml 'auth: {type: broken}'
cp later.yaml slow.yaml broken.yaml s/inbox/
ok "others are taken meanwhile" drop while
ok "at once" wait_until 8 taken while
ok "a check that takes too long is ended" wait_until 10 grep -q 'ended with signal 9' "$HUB_LOG"
ok "what cannot be run is told" wait_until 10 grep -q 'no-such-program: No such file' "$HUB_LOG"
ok "and the drops stay" test -e s/inbox/slow.yaml -a -e s/inbox/later.yaml -a -e s/inbox/broken.yaml
rm s/inbox/slow.yaml s/inbox/broken.yaml
: >up
stop "$HUB"
ok "after a restart it is asked again" spoold --once s
like "$(record later)" 'identity: "?CN=Late' "and taken"

site south 'capacity: {cores: 4, memory: 8GiB, disk: 100GB}'
job methods.yaml 'auth: [{type: anonymous}, {type: owner}, {type: kerberos}]
accept: ask'
cp methods.yaml s/inbox/
ok "several methods" spoold --once s
is "$(sed -n 's/^--- {offer: .*, auth: \([a-z]*\).*/\1/p' s/offers/offered/"$(job_id methods)".* | sort -u | tr '\n' ' ')" \
	"anonymous owner " "get an offer each, those that are accepted"

sed -i 's/^auth:/auth:\n  unknown: reject/' s/config.yaml
cp unknown.yaml s/inbox/refused.yaml
ok "unknown: reject" spoold --once s
like "$(reason refused)" '"kerberos" is not supported here' "rejects the drop"
sed -i 's/unknown: reject/unknown: anonymous/' s/config.yaml
cp unknown.yaml s/inbox/anonymous.yaml
ok "unknown: anonymous" spoold --once s
is "$(grep -rlh 'drop: anonymous.yaml' s/jobs | cut -d/ -f3)" waiting "runs it as if nobody had asked"
done_testing
