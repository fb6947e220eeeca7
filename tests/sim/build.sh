#!/bin/sh
# SPDX-License-Identifier: MIT
#
# build.sh SOURCE_TREE OUTPUT [FLAG..]: the simulator from the sources in
# SOURCE_TREE, whatever was built before. Used by planted.
set -e
tree=$1 output=$2
shift 2
objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT
flags="-std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -Wswitch-enum -Wshadow
	-Wmissing-prototypes -Wstrict-prototypes -Wformat=2 -Werror"
for source in "$tree"/src/*.c "$tree"/tests/sim/*.c; do
	case ${source##*/} in
	main.c | world_posix* | zone* | survey* | update* | dnssec* | \
	message* | resolver.c | lookup.c | reply.c | probe.c | keyring.c | \
	check.c | check_* | command.c | command_[!r]*) ;;
	*) echo "$source" ;;
	esac
done > "$objects/sources"
cd "$objects"
# shellcheck disable=SC2086
xargs -P 2 -n 8 "${CC:-gcc}" $flags "$@" -iquote "$tree/src" \
	-iquote "$tree/tsig" -DPACKAGE_VERSION='"0"' \
	-DALNITAK_CONF='"/etc/alnitak.conf"' -c < sources
"${CC:-gcc}" "$@" -Wl,--wrap=chain_parse,--wrap=chain_check_key \
	-o "$output" ./*.o -lconfuse -ljansson -lldns -lssl -lcrypto
