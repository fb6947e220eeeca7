/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/pass.h"

/*
 * What a monitoring system has to know of a pass that has ended: the file of
 * `metrics_file`, in the text format of Prometheus with OpenMetrics' names. For
 * each target: is there an alarm, and since when; the step and what it waits
 * for, until when; when the certificates in service and under live expire; when
 * all was last seen to be as it should be. And when the pass was, so that one
 * that never comes again is seen. Allocated.
 */
char *metrics_text(const struct pass *pass, const struct moment *now);
