/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/pass.h"

/*
 * `remove` and `init NAME` say in an open PASS, before it runs, how the
 * management of TARGET is to end, or that it is not to. It is on the disk when
 * this returns, or TARGET has failed; in a dry run it is so for this pass
 * alone. What has gone too far for WANTED stays as it is.
 */
void removal_set(struct pass *pass, struct target *target,
		 enum removal wanted);
