#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# accounting/ in the view: sums of what the hub wrote down.
#
# awk's $1 is awk's.
# What ls says is what is tested here, and our names are tame.
# shellcheck disable=SC2002,SC2010,SC2012,SC2016
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/hub.sh"
. "$ROOT/test/view.sh"

HEAD=job,attempt,site,owner,user,name,phase,cause,cores,memory,start,end,wall_s,user_s,system_s,maxrss,staged,group,gpus,returned,price
record() {	# JOB SITE UID USER PHASE CORES WALL PRICE [NAME]
	echo "$1,1,$2,$3,$4,${9-job},$5,,$6,1073741824,,,$7,1.000,0.500,0,1000000,staff,0,0,$8"
}
field() {	# FILE KEY COLUMN	of a table as CSV
	awk -F, -v key="$2" -v column="$3" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) at = i }
		$1 == key { print $at }' "m/accounting/$1.csv"
}

hub
{
	echo "$HEAD"
	record a north $ANN ann completed 2 1800 1.5
	record b south $ANN ann failed 1 3600 0.25 '"a name, with ""words"""'
	record c north $BOB bob completed 4 900.5 2
} >s/accounting/2026-10.csv
view
is "$(ls m/accounting | tr '\n' ' ')" \
	"by-group by-group.csv by-month by-month.csv by-site by-site.csv by-user by-user.csv " "four tables, twice each"
is "$(head -n 1 m/accounting/by-user | tr -s ' ')" \
	"USER ATTEMPTS COMPLETED FAILED CORE-HOURS GPU-HOURS CPU-HOURS GIB-HOURS FETCHED RETURNED PRICE" "a table has titles"
is "$(awk '{ print $1, $2, $3, $4, $5, $8, $NF }' m/accounting/by-user | tail -n +2)" \
	$'ann 2 1 1 2.00 1.50 1.75\nbob 1 1 0 1.00 0.25 2.00\ntotal 3 2 1 3.00 1.75 3.75' "and a row for each, and their sum"
is "$(stat -c %s m/accounting/by-user)" "$(wc -c <m/accounting/by-user)" "its size is right"
is "$(cut -d, -f 1,2,5 m/accounting/by-site.csv)" $'site,attempts,wall_s\nnorth,2,2700.500\nsouth,1,3600.000' "as CSV"
is "$(field by-month 2026-10 price)" 3.75 "by month"
is "$(field by-group staff core_s)" 10802.000 "by group"

# --- who sees what --------------------------------------------------------------

is "$(as $BOB awk 'NR > 1 { print $1, $2 }' m/accounting/by-user)" $'bob 1\ntotal 1' "users see their own"
is "$(as $BOB cut -d, -f 1,2 m/accounting/by-site.csv)" $'site,attempts\nnorth,1' "at each site, too"
is "$(as $ANN awk 'NR > 1 { print $1 }' m/accounting/by-user | head -n 1)" ann "also after another asked"

# --- what is added ------------------------------------------------------------------

record d north $ANN ann completed 1 10 0 >>s/accounting/2026-10.csv
is "$(field by-user ann attempts)" 3 "a line that was added counts"
record d north $ANN ann completed 1 10 0 >>s/accounting/2026-10.csv
is "$(field by-user ann attempts)" 3 "the same once more does not"
record e north $ANN ann completed 1 10 0 | tr -d '\n' >>s/accounting/2026-10.csv
is "$(field by-user ann attempts)" 3 "nor one that is not whole"
echo >>s/accounting/2026-10.csv
is "$(field by-user ann attempts)" 4 "until it is"
echo "$HEAD" | cut -d, -f 1-17 >s/accounting/2026-11.csv
record d north $ANN ann completed 1 10 0 | cut -d, -f 1-17 >>s/accounting/2026-11.csv
record f north $ANN ann completed 1 3600 0 | cut -d, -f 1-17 >>s/accounting/2026-11.csv
is "$(field by-user ann attempts)" 5 "a month without all columns, and with what the last one had"
is "$(field by-month 2026-11 core_s)" 3600.000 "is a row of its own"
for month in 2026-12 2027-01; do
	{ echo "$HEAD"; record "$month" north $ANN ann completed 1 1 0; } >s/accounting/$month.csv
done
is "$(field by-user ann attempts)" 7 "more months"
record g north $ANN ann completed 1 1 0 >>s/accounting/2026-10.csv
is "$(field by-user ann attempts)" 8 "an old one that grew"
head -n 2 s/accounting/2026-10.csv >new && mv new s/accounting/2026-10.csv
is "$(field by-user ann attempts)" 5 "and one that was made anew: f, the later months, and d where it stands now"
echo 'no,such,columns' >s/accounting/2027-02.csv
is "$(field by-user ann attempts)" 5 "what is no account counts nothing"
printf 'binary\0,"\n' >>s/accounting/2027-02.csv
is "$(field by-user ann attempts)" 5 "nor does rubbish"

# --- what it costs ----------------------------------------------------------------------

{
	echo "$HEAD"
	awk -v uid=$BOB 'BEGIN { for (i = 0; i < 100000; i++) printf "x%d,1,north,%d,bob,n,completed,,1,0,,,1.0,0,0,0,0,staff,0,0,0\n", i, uid }'
} >s/accounting/2027-03.csv
is "$(field by-user bob attempts)" 100000 "a hundred thousand records"
pid=$(pgrep -f "^spoolfs s $TMP/m$")
# Bytes that the server has read so far.
read_so_far() { awk '$1 == "rchar:" { print $2 }' "/proc/$pid/io"; }
before=$(read_so_far)
is "$(field by-user bob attempts)" 100000 "are not read again"
ok "but taken from memory" test $(($(read_so_far) - before)) -lt 500000
done_testing
