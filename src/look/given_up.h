/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/pass.h"

/*
 * A combination that several targets have records in, and none wants any more,
 * would stay for ever: each would keep his for the sake of the others'. Where
 * all of it was published by USERS, those COUNT of OWNER, of which TARGET is
 * one, nothing is under way, and it is known what the others have in service,
 * it is taken from what others need there and added to what is OWNER's own, so
 * that it goes at once, by whoever decides first. A program, which takes one
 * record after the other, cannot do that.
 *
 * look/sharing.c calls it once it knows what the others need.
 */
void given_up_find(const struct pass *pass, const struct target *target,
		   struct owner_facts *owner, const struct owner_user *users,
		   size_t count);
