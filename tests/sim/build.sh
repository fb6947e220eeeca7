#!/bin/sh
# SPDX-License-Identifier: MIT
#
# build.sh TREE PLACE [FLAG..]: PLACE/sim, the simulator from the sources in
# TREE; what is newer there than in PLACE/objects is compiled again. Each
# object has the path of its source. Used by run and planted.
set -eu
tree=$1 place=$2
shift 2
flags="-std=c17 -D_GNU_SOURCE -O2 -Werror $(cat "${0%/*}/../warnings")"
wrapped=-Wl,--wrap=chain_parse,--wrap=chain_check_key,--wrap=EVP_Digest
wrapped=$wrapped,--wrap=dane_verify,--wrap=json_dumps,--wrap=json_loadb
wrapped=$wrapped,--wrap=report_print_line,--wrap=name_parse
mkdir -p "$place/objects"
(cd "$tree" && find src tsig tests/sim -name '*.c') > "$place/objects/sources"
cd "$place/objects"
if [ -e ../sim ] && [ -n "$(find "$tree/src" "$tree/tsig" "$tree/tests/sim" \
	-name '*.h' -newer ../sim)" ]; then
	find . -name '*.o' -delete
fi
while read -r source; do
	object=${source%.c}.o
	if [ ! -e "$object" ] || [ "$tree/$source" -nt "$object" ]; then
		mkdir -p "${source%/*}"
		echo "-o $object $tree/$source"
	fi
done < sources > newer
# shellcheck disable=SC2086
xargs -r -P 2 -n 3 "${CC:-gcc}" $flags "$@" -iquote "$tree" \
	-iquote "$tree/src" -iquote "$tree/tsig" -DPACKAGE_VERSION='"0"' \
	-DALNITAK_CONF='"/etc/alnitak.conf"' \
	-DALNITAK_DANE='"/etc/alnitak/dane"' \
	-DALNITAK_STATE='"/var/lib/alnitak"' \
	-DALNITAK_STATUS='"/run/alnitak/status.json"' \
	-DALNITAK_PROGRAM='"/usr/local/sbin/alnitak"' \
	-DALNITAK_CERTBOT='"/usr/local/share/alnitak/certbot"' -c < newer
if [ ! -e ../sim ] || [ -s newer ]; then
	# What the simulator has itself is not taken from the library.
	rm -f libalnitak.a
	sed '/^tests/d; /main\.c$/d; s/c$/o/' sources | xargs ar qcs libalnitak.a
	# shellcheck disable=SC2046,SC2086
	"${CC:-gcc}" "$@" $wrapped -o ../sim \
		$(sed -n '/^tests/s/c$/o/p' sources) libalnitak.a \
		-lconfuse -ljansson -lldns -lssl -lcrypto
fi
