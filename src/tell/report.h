/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/outside.h"
#include "decide/rollover.h"

#include <jansson.h>

/*
 * Where a target stands, in words and as JSON. Built from facts and decision
 * alone; changes nothing.
 */

/* One line: the target, what it waits for or why it is stuck, until when or
 * what to do. Allocated. */
char *report_line(const struct facts *facts, const struct action *action);
/* What has to be said behind a time that MOVES (until_moves of struct action);
 * or "". */
const char *report_moving(bool moves);

/* Its part after the step: why. Allocated, "" where nothing is to be said. */
char *report_detail(const struct facts *facts, const struct action *action);

/* What is to be said of the serial that a server gave with what it serves, ""
 * where that is the primary's, else beginning with ", ". Allocated. */
char *report_serial(const struct owner_facts *owner,
		    const struct sighting *late);

/* Where LATE serves all that is wanted, and its serial alone is in the way:
 * the setting that may help, beginning with "; ", else "". Static. */
const char *report_behind(const struct facts *facts,
			  const struct owner_facts *owner,
			  const struct sighting *late);

/* Where the address of SIGHTING contradicts itself: the likely cause, beginning
 * with "; ", else "". Static. */
const char *report_wavers(const struct owner_facts *owner,
			  const struct sighting *sighting);

/* What is wrong with SIGHTING, which does not confirm what is in service: what
 * it serves, what is wanted, what to do; allocated. */
char *report_sighting(const struct facts *facts,
		      const struct owner_facts *owner,
		      const struct sighting *sighting);

/* What a resolver elsewhere says of OWNER, one phrase, allocated, and how that
 * looks where CHAIN shall have a match. */
char *report_outside_answer(const struct owner_facts *owner,
			    const struct outside_answer *answer,
			    const struct chain *chain,
			    enum outside_view *view);
/* Said when a release waits no longer for a resolver elsewhere that was not
 * looked at: one line, allocated; NULL: all answered. */
char *report_outside_unseen(const struct facts *facts);

/*
 * Everything but the timeline, as dist/schema/status.json describes it. FAILURE
 * may be NULL. The text of `status` is made from it, see progress.h and below.
 */
json_t *report_json(const struct facts *facts, const struct action *action,
		    const char *failure);
/* The same of somebody of whom nothing but a LINE can be told: the state is
 * damaged, or the target left the configuration. */
json_t *report_bare_json(const char *target, const char *reason,
			 const char *line, const struct alarm_note *alarm,
			 int64_t now_ms);
/* Writes the report for people to standard output, but for its line: alarm,
 * links and certificates, then owners with their servers. */
void report_print_head(const json_t *report);
void report_print_owners(const json_t *report);
/* Writes LINE; control characters from outside cannot drive the terminal. */
void report_print_line(const char *line);

/* "publish", "release", .. */
const char *report_step(enum step step);
/* "caches", "server", ..: words that stay as they are. */
const char *report_reason(enum reason reason);
