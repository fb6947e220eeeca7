/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/config.h"
#include "tell/checkup.h"
#include "world/world.h"

/*
 * Does certbot call us when it renews? Looked for where it takes hooks from: in
 * renewal-hooks, in cli.ini, and in renewal/NAME.conf. One that is missing
 * beside others, cannot be executed, or runs a program that is not there, is a
 * warning, for the next run does what it would have done; with `follow_live`
 * the pre hook is what keeps a certificate from going into service before its
 * record, and it is bad. That there are none at all may be meant so.
 */
void check_hooks(struct checkup_section *section, struct world *world,
		 const struct config *config);
