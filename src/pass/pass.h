/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/calling.h"
#include "config/keyring.h"
#include "decide/rollover.h"
#include "disk/renewed.h"
#include "pass/source.h"

#include <jansson.h>

/* What one pass over all targets knows: look fills it, decide reads it, act
 * carries it out. */
struct run_target {
	const struct config_target *config;
	struct state *state;	/* NULL: could not be read */
	struct facts facts;
	struct action action;	/* the last decision */
	bool done;		/* nothing more in this pass */
	char *failure;		/* why it is done before its time: one line */
	char *damage;		/* why its state cannot be used: one line */
	char *line;		/* once done: where it stands, one line */
	json_t *report;		/* the same in full */
	bool unsaved;		/* the ledger saw something new */
	unsigned tries;		/* of publishing in this pass */
	char *unanswered;	/* why it is not known what came of one, or
				   NULL */
	enum probe_verdict probe;
	char *probe_detail;
	char *reload_failure;	/* of this pass */
	char **asked;		/* what its program was asked for in it */
	size_t asked_count;
};

struct owner_user {		/* TARGET (an index) uses OWNER, or may: its
				   aliases led there at some time */
	char *owner;
	size_t target;
};

struct run {
	struct facts_source source;
	enum command command;
	bool dry_run;		/* decide and say, but do nothing */
	bool repeat_alarms;	/* tell a person what was told before */
	bool locked;
	struct renewed renewed;	/* of certbot, for its deploy hook */
	int64_t begun_ms;	/* the pass, on the boot clock */
	int targets_dir;	/* "targets" in the state directory */
	struct run_target *targets;
	size_t count;
	struct owner_user *users;	/* sorted by owner */
	size_t user_count;
	struct keyring keyring;
	/* Of the last survey; ZONES are found once per pass. */
	struct zones zones;
	bool zones_known;
	struct survey survey;
	unsigned survey_number;
	struct moment surveyed;
	const char **owners;	/* sorted */
	size_t owner_count;
	char **strays;		/* a line each about targets with a state that
				   left the configuration and need a person */
	size_t stray_count;
};

/* How long a program that publishes may take from now on, milliseconds; 0:
 * the time of this command is over (deploy alone has an end). */
unsigned run_program_ms(struct run *run);
/* No further batch may begin. */
bool run_out_of_time(struct run *run);
/* Before each decision, with the very moment that it is made in: where the
 * clocks disagree with what was saved, all waits start again. */
void run_check_clock(struct run_target *target, const struct moment *now);

/* RECORD was added, whoever had asked for its deletion before. */
void run_note_standing(struct run *run, const char *owner,
		       const struct tlsa *record);
