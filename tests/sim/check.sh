#!/bin/sh
# SPDX-License-Identifier: MIT
#
# For make check: every scenario killed after every world call, and some
# hundred seeds; fewer where sanitizers make each call dear. SIM_RUNS and
# SIM_FIRST choose others.
set -e
sim=${SIM:-./tests/sim/sim}
if grep -q __asan_init "$sim" ; then
	"$sim" --kills --only renewal
	exec "$sim" --runs "${SIM_RUNS:-25}" --first "${SIM_FIRST:-1}"
fi
"$sim" --kills
exec "$sim" --runs "${SIM_RUNS:-400}" --first "${SIM_FIRST:-1}"
