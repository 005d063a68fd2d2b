#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What people, programs and attackers put into inbox/.
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2016,SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

hub
job valid.yaml
[ "$(id -u)" = 0 ] && root=1 || root=

# --- everything at once -----------------------------------------------------------

cd s/inbox || bail "no inbox"
: >empty.yaml
printf '# nothing\n' >comment.yaml
printf '\x7fELF\x02\x01\x01\x00' >binary.yaml
truncate -s 100M huge.yaml
truncate -s 1048577 large.yaml
{ cat ../../valid.yaml; head -c 1048000 /dev/zero | tr '\0' '#'; } >almost.yaml
{ printf 'task: '; printf '[%.0s' {1..10000}; } >deep.yaml
{
	printf 'a0: &a0 [x,x,x,x,x,x,x,x,x]\n'
	for i in 1 2 3 4 5 6 7 8; do printf 'a%d: &a%d [%s]\n' $i $i "*a$((i - 1)),*a$((i - 1))"; done
} >bomb.yaml
printf 'task: {type: process, spec: "\xff\xfe"}\n' >utf8.yaml
printf 'task: {type: process}\n' | iconv -t UTF-16 >utf16.yaml
sed 's/$/\r/; s/valid/crlf/' ../../valid.yaml >crlf.yaml
{ printf '\xef\xbb\xbf'; sed 's/valid/bom/' ../../valid.yaml; } >bom.yaml
printf 'task:\n\ttype: process\n' >tabs.yaml
printf 'task: {type: process}\n---\ntask: {type: process}\n' >two.yaml
printf '{"name": "json", "task": {"type": "process", "spec": {"command": ["true"]}}}' >json.json
sed 's/valid/yml/' ../../valid.yaml >yml.yml
cp ../../valid.yaml words.txt
cp ../../valid.yaml noending
mkfifo fifo.yaml
mkdir -p directory.yaml/in/it
ln -s /etc/passwd link.yaml
ln -s nowhere dangling.yaml
perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0) && bind(S, sockaddr_un("socket.yaml")) or die'
[ -z "$root" ] || mknod device.yaml c 1 3
cp ../../valid.yaml closed.yaml && chmod 0000 closed.yaml
sed 's/valid/readonly/' ../../valid.yaml >readonly.yaml && chmod 0400 readonly.yaml
# Names.
i=0
for name in $'new\nline' 'two words' ' blank' '-rf' '*' '$(reboot)' 'a"b' "a'b" 'ünïcödé' $'\xff\xfe' 'a\b' \
	"$(printf 'n%.0s' {1..250})"; do
	i=$((i + 1))
	sed "s/valid/named-$i/" ../../valid.yaml >"./$name.yaml"
done
named=$i
# Unfinished, by their names.
for name in .hidden.yaml .x.yaml.swp .x.yaml.Ab12cD x.yaml~ '#x.yaml#' '.#x.yaml' 4913 .goutputstream-ABC123 \
	x.yaml.part x.yaml.filepart x.yaml.tmp x.yaml.bak x.yaml.swx; do
	cp ../../valid.yaml "./$name"
done
cd "$TMP" || bail "no directory"
left=$(find s/inbox -mindepth 1 -printf '%f\n' | grep -E '^[.#4]|~$|\.(part|filepart|tmp|bak|swx)$' | sort)

ok "strange drops do not stop it" timeout 100 spoold --once s
note "$(output | grep -v rejected)"
is "$(find s/inbox -mindepth 1 -printf '%f\n' | sort)" "$left" "only what has the name of something unfinished stays"

why() {	# NAME REGEX
	like "$(reason "$1" 2>&1)" "$2" "$1 is refused"
}
why empty 'empty.yaml:1:1: nothing is written here; expected a mapping'
why comment 'nothing is written here'
why binary 'binary.yaml:1:1: control characters are not allowed \(byte 0\)'
why huge 'huge.yaml: 104857600 bytes; a drop may have at most 1048576'
why large 'large.yaml: 1048577 bytes'
why deep 'deep.yaml:1:70: nested deeper than 64 levels'
why bomb 'bomb.yaml:1:5: the anchor "&a0": anchors and aliases are not taken'
why utf8 'utf8.yaml:[0-9]+:[0-9]+: invalid leading UTF-8 octet \(byte 29\)'
why utf16 'utf16.yaml:1:1: invalid leading UTF-8 octet \(byte 0\)'
why tabs 'tabs.yaml:2:1: not YAML: found a tab, expected spaces'
why two 'two.yaml:2:1: a second document begins; one file holds one document'
why words.txt 'words.txt: the name does not end in .yaml, .yml or .json'
why noending 'noending: the name does not end'
why fifo 'fifo.yaml: found a FIFO; a drop has to be a regular file'
why socket 'socket.yaml: found a socket'
why directory 'directory.yaml: found a directory'
why link 'link.yaml: found a symbolic link'
why dangling 'dangling.yaml: found a symbolic link'
if [ "$root" ]; then why device 'device.yaml: found a device'; else skip "not root: no device"; fi
is "$(stat -c %s s/rejected/huge.yaml)" 104857600 "what is refused is moved as it is"
ok "whatever it is" test -p s/rejected/fifo.yaml -a -S s/rejected/socket.yaml -a -L s/rejected/link.yaml \
	-a -d s/rejected/directory.yaml/in/it
is "$(cat s/rejected/two.yaml)" $'task: {type: process}\n---\ntask: {type: process}' "with its content"

for name in crlf bom json yml readonly; do
	ok "$name is taken" taken "$name"
done
ok "and one of almost a MiB" test "$(stat -c %s "$(grep -lr 'drop: almost.yaml' s/jobs)")" -gt 1048000
is "$(sed 1,2d "$(file "$(job_id crlf)")" | head -n 1)" $'name: crlf\r' "a request stays as it was dropped"
is "$(sed 1,2d "$(file "$(job_id json)")" | head -n 1)" \
	'{"name": "json", "task": {"type": "process", "spec": {"command": ["true"]}}}' "JSON, too"
missing=0
for ((i = 1; i <= named; i++)); do taken "named-$i" || missing=$((missing + 1)); done
is "$missing" 0 "a name may be anything: $named were tried"
if [ "$root" ]; then
	is "$(grep -rl 'drop: closed.yaml' s/jobs | wc -l)" 1 "root reads what nobody else may"
else
	why closed 'closed.yaml: spoold cannot read it'
fi
before=$(files | wc -l)
ok "and all that can be taken up again" spoold --once s
like "$(output)" "took up $before jobs" "every one"
unlike "$(output)" "left alone|cannot" "without a complaint"
is "$(files | wc -l)" "$before" "once"

# --- links --------------------------------------------------------------------------

if [ "$root" ]; then
	printf 'task: {type: process}\n' >secret.yaml && chmod 0600 secret.yaml
	# For two seconds, which a busy machine may need to look at it.
	waits_hard() {
		rm -f s/inbox/hard.yaml s/rejected/hard.*
		ln secret.yaml s/inbox/hard.yaml
		spoold --once s 2>/dev/null
		test -e s/inbox/hard.yaml
	}
	ok "a file with a second name may be about to lose one: it waits" wait_until 30 waits_hard
	refuse_hard() { spoold --once s 2>/dev/null && rejected hard; }
	ok "and is refused when it does not" wait_until 30 refuse_hard
	why hard 'hard.yaml: the file has 2 hard links; a drop has to be a copy of its own'
	is "$(stat -c %a secret.yaml)" 600 "the other name's file is as it was"
	rm -f s/rejected/hard.*
	before=$(files | wc -l)
	printf 'task: {type: process}\n' >theirs && chown 65534:65534 theirs && chmod 0600 theirs
	ln theirs s/inbox/theirs.yaml
	touch -d '1 hour ago' theirs
	refuse_theirs() { spoold --once s 2>/dev/null && rejected theirs; }
	ok "a file of somebody else under a second name is refused" wait_until 30 refuse_theirs
	is "$(files | wc -l)" "$before" "and makes no job in their name"
	is "$(stat -c '%u %a %h' theirs)" "65534 600 2" "it is theirs as before"
	rm -f s/rejected/theirs.*
	cp valid.yaml linked.yaml && ln linked.yaml s/inbox/linked.yaml && rm linked.yaml
	ok "link and unlink is a way to drop" spoold --once s
	ok "that works" grep -rq 'drop: linked.yaml' s/jobs
else
	skip "not root: protected_hardlinks" 9
fi

# --- the daemon: who writes for a while ------------------------------------------------

sees() {	# it has looked at everything that was in inbox/ before
	drop "probe$1" && wait_until 30 taken "probe$1" && wait_until 30 test ! -e "s/inbox/probe$1.yaml"
}

rm -rf s/inbox/* s/inbox/.[!.]*
serve
exec 3>s/inbox/slow.yaml
printf 'name: slow\ntask: {type: pro' >&3
sees 1
is "$(ls s/inbox)" slow.yaml "what somebody writes to is left alone"
printf 'cess}\n' >&3
sees 2
is "$(ls s/inbox)" slow.yaml "even when it could be read"
printf '# the end\n' >&3
exec 3>&-
ok "and taken when it is closed" wait_until 30 taken slow
is "$(sed '1,2d;5q' "$(file "$(job_id slow)")")" $'name: slow\ntask: {type: process}\n# the end' "whole"

exec 3<>s/inbox/reader.yaml
cat valid.yaml >&3
exec 4<s/inbox/reader.yaml
exec 3>&-
ok "who only reads it does not matter" wait_until 30 grep -rq 'drop: reader.yaml' s/jobs
exec 4<&-

sed 's/valid/half/' valid.yaml >s/inbox/.half.yaml
sees 3
ok "a hidden name is left alone" test -e s/inbox/.half.yaml
mv s/inbox/.half.yaml s/inbox/half.yaml
ok "until it is renamed" wait_until 30 taken half

# Under the same name, again and again: the last one at least.
write_over() {	# FROM	versions FROM to 300 of one drop
	local i
	for ((i = $1; i <= 300; i++)); do
		printf 'name: same-%d\ntask: {type: process}\n' $i >s/inbox/same.yaml
	done
}
versions_taken_twice() { grep -rhoE 'name: same-[0-9]+, drop' s/jobs/ | sort | uniq -d; }
write_over 1
ok "a drop that is written over" wait_until 30 inbox_is_empty
ok "is not lost" taken same-300
is "$(versions_taken_twice)" "" "and no version of it is taken twice"

# cp -p, install, unpackers: the times are set after the file was closed.
for ((i = 1; i <= 200; i++)); do
	printf 'name: late-%d\ntask: {type: process}\n' $i >s/inbox/late-$i.yaml
	touch -d '2020-01-01 00:00:00' s/inbox/late-$i.yaml 2>/dev/null
done
wait_until 30 inbox_is_empty
is "$(grep -rhoE 'name: late-[0-9]+, drop' s/jobs | sort -u | wc -l)" 200 \
	"drops of which the times are set afterwards are taken"
is "$(grep -rhoE 'name: late-[0-9]+, drop' s/jobs | sort | uniq -d)" "" "once"

# Deleted at any moment.
for ((i = 1; i <= 200; i++)); do
	printf 'name: gone-%d\ntask: {type: process}\n' $i >s/inbox/gone-$i.yaml
	rm -f s/inbox/gone-$i.yaml
done
sees 4
is "$(grep -rhoE 'name: gone-[0-9]+, drop' s/jobs | sort | uniq -d)" "" "what is deleted is taken once or not at all"

# Deleted while it is read, each time: the reader is slow.
if strace -o /dev/null true 2>/dev/null; then
	opened() { find "/proc/$1/fd" -lname "$TMP/s/inbox/slow*" 2>/dev/null | grep -q .; }
	stop "$HUB"
	for ((i = 1; i <= 5; i++)); do
		printf 'name: shot-%d\ntask: {type: process}\n' $i >s/inbox/slow-$i.yaml
		background strace -f -qq -o /dev/null -P "$TMP/s/inbox/slow-$i.yaml" \
			-e inject=read,pread64,fstat,newfstatat,fcntl:delay_enter=200000 spoold --once s
		reader() { pgrep -P "$PID" spoold; }
		seen_or_over() { opened "$(reader)" || gone "$PID"; }
		wait_until 10 seen_or_over && opened "$(reader)" && rm s/inbox/slow-$i.yaml && shot=$((${shot:-0} + 1))
		wait_until 30 gone "$PID"
		exits 0 "deleted while it is read ($i)" wait "$PID"
	done
	spoold --once s 2>/dev/null
	ok "that has happened" test "${shot:-0}" -gt 0
	is "$(grep -rhoE 'name: shot-[0-9]+, drop' s/jobs | sort | uniq -d)" "" "it is taken once or not at all"
	is "$(find s/jobs -size -20c -name '*.yaml')" "" "and nothing of it in part"
	serve
else
	skip "processes cannot be traced here" 8
fi

# Many at a time.
before=$(files | wc -l)
writer() {	# NUMBER
	local k
	for ((k = 1; k <= 100; k++)); do
		printf 'name: w%d-%d\ntask: {type: process, spec: {command: ["%d"]}}\n' "$1" $k $k \
			>"s/inbox/w$1-$k.yaml"
	done
}
for ((i = 1; i <= 50; i++)); do writer $i & done
for pid in $(jobs -p); do [ "$pid" = "$HUB" ] || wait "$pid"; done
ok "of 5,000 drops by 50 writers" wait_until 60 inbox_is_empty
is "$(($(files | wc -l) - before))" 5000 "each becomes a job"
is "$(grep -rhoE '^--- \{job: .* name: w[0-9]+-[0-9]+,' s/jobs | sed 's/.* name: //' | sort -u | wc -l)" 5000 "of its own"
ok "spoold is still there" kill -0 "$HUB"
unlike "$(cat "$HUB_LOG")" "cannot|trouble" "and has had no trouble"
stop "$HUB"

# --- where files are dated to the second, as elsewhere to a tick of the clock ----------------

if [ "$root" ] && truncate -s 40M disk && mkfs.ext4 -q -I 128 disk >/dev/null 2>&1 && mkdir old &&
		mount -o loop disk old 2>/dev/null; then
	unmount_later old
	rm -rf s && ln -s old/s s
	ok "a spool on an old disk" spoold --init old/s
	serve
	write_over 101
	ok "a drop that is written over, with as many bytes" wait_until 30 inbox_is_empty
	ok "is not lost" taken same-300
	is "$(versions_taken_twice)" "" "nor any version of it taken twice"
	stop "$HUB"
else
	skip "no disk of our own here" 4
fi
done_testing
