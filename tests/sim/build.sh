#!/bin/sh
# SPDX-License-Identifier: MIT
#
# build.sh TREE OBJECTS [FLAG..]: OBJECTS/sim, the simulator from the sources
# in TREE; what is newer there than in OBJECTS is compiled again. Used by run
# and planted.
set -eu
tree=$1 objects=$2
shift 2
flags="-std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -Wswitch-enum -Wshadow
	-Wmissing-prototypes -Wstrict-prototypes -Wformat=2 -Werror"
wrapped=-Wl,--wrap=chain_parse,--wrap=chain_check_key,--wrap=EVP_Digest
wrapped=$wrapped,--wrap=json_dumps,--wrap=json_loadb
mkdir -p "$objects"
cd "$objects"
if [ -e sim ] && [ -n "$(find "$tree/src" "$tree/tsig" "$tree/tests/sim" \
	-name '*.h' -newer sim)" ]; then
	rm -f ./*.o
fi
for source in "$tree"/src/*.c "$tree"/src/*/*.c "$tree"/src/*/*/*.c "$tree"/tsig/*.c "$tree"/tests/sim/*.c; do
	object=${source##*/}
	object=${object%.c}.o
	if [ ! -e "$object" ] || [ "$source" -nt "$object" ]; then
		echo "$source"
	fi
done > sources
# shellcheck disable=SC2086
xargs -r -P 2 -n 8 "${CC:-gcc}" $flags "$@" -iquote "$tree" -iquote "$tree/src" \
	-iquote "$tree/tsig" -DPACKAGE_VERSION='"0"' \
	-DALNITAK_CONF='"/etc/alnitak.conf"' -c < sources
if [ ! -e sim ] || [ -s sources ]; then
	own=
	for source in "$tree"/tests/sim/*.c; do
		own="$own $(basename "$source" .c).o"
	done
	# What the simulator has itself is not taken from the library.
	rm -f libalnitak.a
	# shellcheck disable=SC2046,SC2086
	ar rcs libalnitak.a $(printf '%s\n' ./*.o | sed 's|^\./||' |
		grep -vxF "$(printf '%s\n' $own)" | grep -vx main.o)
	# shellcheck disable=SC2086
	"${CC:-gcc}" "$@" $wrapped -o sim $own libalnitak.a \
		-lconfuse -ljansson -lldns -lssl -lcrypto
fi
