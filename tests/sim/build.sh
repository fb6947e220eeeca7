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
for source in "$tree"/src/*.c "$tree"/tests/sim/*.c; do
	case ${source##*/} in
	main.c | world_posix* | zone* | survey* | update* | dnssec* | \
	message* | resolver.c | lookup.c | reply.c | probe.c | keyring.c | \
	check.c | check_* | command.c | command_[!r]*) continue ;;
	esac
	object=${source##*/}
	object=${object%.c}.o
	if [ ! -e "$object" ] || [ "$source" -nt "$object" ]; then
		echo "$source"
	fi
done > sources
# shellcheck disable=SC2086
xargs -r -P 2 -n 8 "${CC:-gcc}" $flags "$@" -iquote "$tree/src" \
	-iquote "$tree/tsig" -DPACKAGE_VERSION='"0"' \
	-DALNITAK_CONF='"/etc/alnitak.conf"' -c < sources
if [ ! -e sim ] || [ -s sources ]; then
	"${CC:-gcc}" "$@" $wrapped -o sim ./*.o \
		-lconfuse -ljansson -lldns -lssl -lcrypto
fi
