/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/pass.h"

/*
 * From the decision that DNS is to be changed until the change is seen there.
 * An update that was accepted was sent, and nothing more: only what the
 * primary shows afterwards was published or deleted, and is called so. A
 * primary that signs in the background shows it a moment later, so it is
 * looked at a few times before the same is sent once more; then the next pass
 * goes on. The state counts how often a record was sent and not seen, for
 * whoever accepts and does nothing is not to be believed for ever.
 *
 * run/perform.c and run/run.c call these.
 */

/* Before what is decided for TARGET is sent. False: not in this pass, and the
 * target's action, or failure, says why. Else what is not due has its sent
 * RESTS, and publish_changes() leaves it out. */
bool publishing_may_go_on(struct target *target);
/*
 * Right before that, for all targets at once: pauses, and what others need and
 * a change sends along stands in their states as published by them, on the
 * disk. Else it would be nobody's where an alias leads elsewhere before they
 * look.
 */
void publishing_prepare(struct pass *pass);
/* After each gathering: whatever is seen as it was sent is told, and no longer
 * counted; and how long the slowest server took is noted. */
void publishing_see(struct target *target);
/* The last update was not answered and, as was seen since, not made: true, and
 * that is the failure of TARGET. Whatever swallows updates takes its time, so
 * the next pass tries again. */
bool publishing_fail_unanswered(struct target *target);
