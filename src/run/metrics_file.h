/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/pass.h"

/*
 * Writes what a monitoring system has to know to the file of `metrics_file`, if
 * there is one: as a whole, for somebody may read it at any moment. Called by
 * run_pass() at its end. Not by hooks that look at nothing but this disk: what
 * they know is less than what is there. A file that cannot be written is told,
 * and nothing else is kept from being done.
 */
void metrics_file_write(struct pass *pass);
