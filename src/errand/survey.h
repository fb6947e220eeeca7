/* SPDX-License-Identifier: MIT */
#pragma once

#include "errand/desk.h"

/*
 * survey_ask() and survey_find_wildcards() on errands: what every server of
 * ZONES, which errand_discover() found, says about OWNERS. OURS has for each
 * owner what we published there: a set without any of it may come from a
 * wildcard. Called by look/survey_all.c.
 *
 * Each zone has errands of its own, and what these learn of it stays in
 * ZONES; a zone about which there is news is another one then, and the one
 * before stays as well, for who points to it. Where an errand brought nothing
 * no server has answered.
 */
void errand_survey(const struct errand_desk *desk, struct zones *zones,
		   const char *const *owners, const struct tlsa_set *ours,
		   size_t n, enum transport transport, struct survey *survey);
