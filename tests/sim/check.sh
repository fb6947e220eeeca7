#!/bin/sh
# SPDX-License-Identifier: MIT
#
# For make check: every scenario killed after every world call, and some
# hundred seeds. SIM_RUNS and SIM_FIRST choose others.
set -e
sim=${SIM:-./tests/sim/sim}
"$sim" --kills
exec "$sim" --runs "${SIM_RUNS:-400}" --first "${SIM_FIRST:-1}"
