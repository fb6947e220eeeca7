# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# Shared by demo/run, tests/run, tests/on and docker/run: a place to work in,
# packages, a source tree of our own. Sourced with $root set to the top of the
# tree.
# shellcheck disable=SC2154,SC2046

work=$(mktemp -d "${TMPDIR:-/tmp}/alnitak.XXXXXX")
policy=/usr/sbin/policy-rc.d

leave() {
	if [ -e "$work/policy-set" ] ; then
		rm -f "$policy"
		[ ! -e "$work/policy-rc.d" ] || mv "$work/policy-rc.d" "$policy"
	fi
	rm -rf "$work"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
	echo "$*" >&2
	exit 1
}

# step WHAT COMMAND...: runs it quietly; what it wrote is shown if it fails.
step() {
	what=$1
	shift
	if ! "$@" > "$work/step.log" 2>&1 < /dev/null ; then
		tail -n 40 "$work/step.log" >&2
		echo "failed: $what" >&2
		return 1
	fi
}

# No service may start because its package is installed for us. A policy that
# stands already and forbids it is left alone.
forbid_services() {
	if [ -x "$policy" ] ; then
		"$policy" alnitak-lab start 2 > /dev/null 2>&1 && allowed=0 || allowed=$?
		[ "$allowed" != 101 ] || return 0
	fi
	[ ! -e "$policy" ] || cp -p "$policy" "$work/policy-rc.d"
	: > "$work/policy-set"
	printf '#!/bin/sh\nexit 101\n' > "$policy"
	chmod 755 "$policy"
}

# Services of PACKAGE... are not to start with the next boot either.
disable_services() {
	command -v systemctl > /dev/null || return 0
	units=$(dpkg -L "$@" | sed -n 's|.*/systemd/system/\([^/]*\.\(service\|socket\|timer\)\)$|\1|p')
	for unit in $units ; do
		systemctl disable --quiet "$unit" > /dev/null 2>&1 || :
	done
}

# list_packages [FILE...]: one a line; without arguments those that all tests
# take.
list_packages() {
	[ $# != 0 ] || set -- "$root/demo/packages" "$root/tests/packages"
	sed 's/#.*// ; /^$/d' "$@"
}

# Steps that go beside one another may all need packages; apt waits for the
# lock of dpkg, but not for that of its own lists.
one_at_a_time="flock /run/alnitak-packages.lock"

# get_packages PACKAGE...: in their latest versions.
get_packages() {
	[ "$(id -u)" = 0 ] || fail "to install $* takes root"
	forbid_services
	export DEBIAN_FRONTEND=noninteractive
	# shellcheck disable=SC2086
	step "apt-get update" $one_at_a_time \
		apt-get -o DPkg::Lock::Timeout=300 update || exit 1
	# shellcheck disable=SC2086
	step "apt-get install" $one_at_a_time \
		apt-get -o DPkg::Lock::Timeout=300 install -y \
		--no-install-recommends "$@" || exit 1
	disable_services "$@"
}

# install_packages PACKAGE...: those that are missing.
install_packages() {
	missing=
	for package ; do
		dpkg-query -W -f '${db:Status-Status}\n' "$package" 2> /dev/null |
			grep -qx installed || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	echo "installing$missing"
	# shellcheck disable=SC2086
	get_packages $missing
}

# A copy of the tree in $work/source, ready for configure, nothing built in it.
copy_source() {
	mkdir "$work/source"
	tar -C "$root" --exclude=./.git -cf - . | tar -C "$work/source" -xf - || return
	cd "$work/source" || return
	if [ -f Makefile ] ; then
		make distclean || return
	fi
	./autogen.sh
}

# build NAME [CONFIGURE ARGUMENT...]: builds in $work/NAME.
build() {
	mkdir "$work/$1" && cd "$work/$1" || return
	shift
	"$work/source/configure" "$@" && make -j2
}
