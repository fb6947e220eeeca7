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
needed="act address alarm atomic chain command_run config config_check
	config_find config_scan config_values exec facts held ledger lineage
	links links_path links_read log name options output owner publish
	reload report rollover run run_network run_open state state_json tlsa
	tlsa_set xalloc"
sources=
for name in $needed; do
	sources="$sources $tree/src/$name.c"
done
cd "$objects"
# shellcheck disable=SC2086
printf '%s\n' $sources "$tree"/tests/sim/*.c |
	xargs -P 2 -n 8 "${CC:-gcc}" $flags "$@" -iquote "$tree/src" \
		-iquote "$tree/tsig" -DPACKAGE_VERSION='"0"' -DALNITAK_CONF='"/etc/alnitak.conf"' -c
"${CC:-gcc}" "$@" -Wl,--wrap=chain_parse,--wrap=chain_check_key \
	-o "$output" ./*.o -lconfuse -ljansson -lldns -lssl -lcrypto
