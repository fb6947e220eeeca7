#!/bin/sh
# SPDX-License-Identifier: MIT
#
# For make check: what an operator sees is what doc/transcript shows; one
# scenario killed wherever it matters; some hundred seeds, and half as many
# undisturbed rollovers against what they were reckoned to take; fewer where
# sanitizers make each call dear. SIM_RUNS and SIM_FIRST choose others.
# tests/run has all the scenarios, and thousands of seeds.
set -e
sim=${SIM:-./tests/sim/sim}
runs=400
if grep -q __asan_init "$sim" ; then
	runs=25
fi
runs=${SIM_RUNS:-$runs}
transcript=${0%/*}/../../doc/transcript
"$sim" --transcript | diff "$transcript" - || {
	echo "what is printed now ($sim --transcript) is not in $transcript"
	exit 1
}
"$sim" --kills --only renewal
"$sim" --forecasts $((runs / 2)) --first "${SIM_FIRST:-1}"
exec "$sim" --runs "$runs" --first "${SIM_FIRST:-1}"
