/* SPDX-License-Identifier: MIT */
#pragma once

#include "act/trial.h"
#include "tell/checkup.h"

/*
 * One target as a stranger meets it, for `check`: certificate, links, zone, the
 * right to change it, every server, every service; and what the last run left
 * standing. After run_look().
 */

/* What is left of a certificate's time when that is too little; 0: of its
 * lifetime a quarter, and an eighth. */
struct check_limits {
	int64_t warning_ms, critical_ms;
};

/* The limits that a certificate of LIFETIME_MS has. */
struct check_limits check_limits_for(const struct check_limits *limits,
				     int64_t lifetime_ms);
/* The level of one that has LEFT_MS; LIMITS are its own. */
enum checkup_level check_level_left(const struct check_limits *limits,
				    int64_t left_ms);
/* How much of the certificate in service is left, as a figure. */
void check_add_figure(struct checkup *checkup, const char *target,
		      const struct check_limits *limits, int64_t left_ms);

/* Into a section of its own. */
void check_target(struct checkup *checkup, const struct pass *pass,
		  const struct target *target, const struct trials *trials,
		  const struct check_limits *limits);
/* One that left the configuration and needs a person. */
void check_stray(struct checkup *checkup, const struct stray *stray);
