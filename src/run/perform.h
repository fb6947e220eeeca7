/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/pass.h"

/*
 * Has the step done that was decided for TARGET, with a line in its journal.
 * True: that was a deed of this machine, decide again. False: the step is for
 * the network, or the target is done.
 */
bool perform_step(struct pass *pass, struct target *target);
