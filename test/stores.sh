# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# stores.sh - for tests of transfers: stores on the loopback.
#
#	s3_server a b			buckets; $S3 is its endpoint, keys in s3.key
#	s3_put FILE a/key		by curl, not by us
#	web_server			of www/; $WEB is its address; /slow/ is /fast/ at 40 kB/s,
#					a limit of the server's: few kernels have netem
#	rsync_server			of mod/, as module `mod`; $RSYNC; keys in rsync.key
#	bad_link PORT; link cut 1000	$LINK is its port

# shellcheck disable=SC2034

s3_server() {	# BUCKET...
	if [ ! -d "$ROOT/build/s3/node_modules" ] || ! command -v node >/dev/null; then
		skip_all "no s3rver; scripts/install-s3rver brings it"
	fi
	mkdir -p s3
	background node "$ROOT/test/tools/s3-server.js" s3 s3.port "$@"
	wait_until 30 test -s s3.port || bail "no S3 server: $(cat "$LOG")"
	S3=http://127.0.0.1:$(cat s3.port)
	S3_PORT=$(cat s3.port)
	(umask 077 && echo '{access-key: S3RVER, secret-key: S3RVER}' >s3.key)
}

s3() {		# WORDS OF curl...
	curl -sf --aws-sigv4 aws:amz:us-east-1:s3 --user S3RVER:S3RVER "$@"
}
s3_put() { s3 -T "$1" -H "x-amz-content-sha256: $(sha256sum <"$1" | cut -c1-64)" "$S3/$2"; }
s3_get() {
	s3 -H 'x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' "$S3/$1"
}

# shellcheck source=ports.sh
. "$ROOT/test/ports.sh"

web_server() {
	command -v nginx >/dev/null || skip_all "no nginx"
	local port
	port=$(free_port)
	mkdir -p www nginx
	chmod 755 "$TMP"
	cat >nginx/conf <<-CONF
		daemon off; pid $TMP/nginx/pid; error_log $TMP/nginx/error; worker_processes 1;
		user $(id -un) $(id -gn);
		events {}
		http {
			access_log $TMP/nginx/access;
			client_body_temp_path $TMP/nginx/body; proxy_temp_path $TMP/nginx/proxy;
			fastcgi_temp_path $TMP/nginx/f; uwsgi_temp_path $TMP/nginx/u; scgi_temp_path $TMP/nginx/s;
			server {
				listen 127.0.0.1:$port; root $TMP/www;
				location /slow/ { alias $TMP/www/fast/; limit_rate 40k; }
			}
		}
	CONF
	background nginx -p nginx -c "$TMP/nginx/conf" -e "$TMP/nginx/error"
	wait_until 20 tcp "$port" || bail "no nginx: $(cat "$LOG" nginx/error)"
	WEB=http://127.0.0.1:$port WEB_PORT=$port
}

rsync_server() {
	local port
	port=$(free_port)
	mkdir -p mod
	(umask 077 && echo 'spool:secret' >rsyncd.secrets && echo '{user: spool, password: secret}' >rsync.key)
	cat >rsyncd.conf <<-CONF
		use chroot = no
		pid file = $TMP/rsyncd.pid
		[mod]
			path = $TMP/mod
			read only = no
			auth users = spool
			secrets file = $TMP/rsyncd.secrets
			$([ "$(id -u)" != 0 ] || printf 'uid = 0\n\t\t\tgid = 0')
	CONF
	background rsync --daemon --no-detach --config=rsyncd.conf --address=127.0.0.1 --port="$port"
	wait_until 20 tcp "$port" || bail "no rsync daemon: $(cat "$LOG")"
	RSYNC=rsync://spool@127.0.0.1:$port/mod
}

bad_link() {	# PORT
	link pass
	background node "$ROOT/test/tools/bad-link.js" "$1" link.port link.mode
	wait_until 30 test -s link.port || bail "no link: $(cat "$LOG")"
	LINK=$(cat link.port)
}
link() { echo "$*" >link.mode.new && mv link.mode.new link.mode; }

sha() { sha256sum "$1" | cut -c1-64; }
tree_sha() {	# DIRECTORY	of its manifest
	manifest "$1" | sha256sum | cut -c1-64
}
manifest() {	# DIRECTORY
	(cd "$1" && find . -type f -printf '%P\n' | LC_ALL=C sort | while read -r f; do
		printf '%s %s %s\n' "$(sha "$f")" "$(stat -c %s "$f")" "$f"
	done)
}
