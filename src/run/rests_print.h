/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/pass.h"

/*
 * The print of a target at rest: a digest of all that this rests on, as far as
 * the configuration and stat(2) tell it, with no file being read. What makes a
 * run do anything about it makes another print. (What clocks say, and when the
 * next look is due, stands beside it.)
 */

/* What all targets of PASS have in common. False: it cannot be told. */
bool rests_print_base(const struct pass *pass, struct fingerprint *base);

/*
 * Of the target CONFIG in PASS, whose rests.base is known. AT has the version
 * and whether what is held is copied. LATEST_NS: false as well where something
 * changed after that, for it may change once more with no other time. False:
 * something is not there.
 */
bool rests_print(const struct pass *pass, const struct config_target *config,
		 const struct settled_target *at, int64_t latest_ns,
		 struct fingerprint *print);

/* The files of VERSION that are held for NAME are those of the live directory
 * by other names; *COPIED: they are not. False: it cannot be told. */
bool rests_print_copied(const struct pass *pass, const char *name,
			const struct fingerprint *version, bool *copied);
