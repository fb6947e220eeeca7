/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/pass.h"
#include "tell/checkup.h"

/*
 * Has the program of `notify`, if there is one, told what is due, and notes in
 * the states what it was told; what it was not, because it failed or there was
 * no time left, is due again at the next run. Called by run_pass() at its end,
 * under the lock, when the states are saved.
 */
void notices_send(struct pass *pass);
/*
 * The same of what `check` found and no run tells: that certbot does not call
 * us, that runs do not go on, or that the primary would refuse the next update.
 * What CHECKUP has not, or could not look at, stands as it did. Called by
 * `check --notify`, without the lock: two at a time tell twice.
 */
void notices_send_findings(struct pass *pass, const struct checkup *checkup);
