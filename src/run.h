/* SPDX-License-Identifier: MIT */
#pragma once

#include "keyring.h"
#include "options.h"
#include "renewed.h"
#include "rollover.h"

#include <jansson.h>

/*
 * One pass over all targets: gather, decide, act, and gather again until
 * every target waits, is at rest, or failed. What concerns the network is
 * done for all targets at once, so that a pass is a short row of batches.
 */
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
	enum probe_state probe;
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
	bool watch;		/* decide and say, but do nothing */
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

enum run_manner { RUN_PLAIN, RUN_REPEAT_ALARMS, RUN_WATCH };

/* Opens the directories (creating state and dane), takes the lock and loads
 * the states; with RUN_WATCH nothing is created or locked. EXIT_DONE,
 * EXIT_STATE or EXIT_BUSY (after a message). Close it in any case. */
enum exit_status run_open(struct run *run, struct world *world,
			  const struct config *config, enum command command,
			  enum run_manner manner);
void run_pass(struct run *run);
/* How long a program that publishes may take from now on, milliseconds; 0:
 * the time of this command is over (deploy alone has an end). */
unsigned run_program_ms(struct run *run);
/* Before each decision, with the very moment that it is made in: where the
 * clocks disagree with what was saved, all waits start again. */
void run_check_clock(struct run_target *target, const struct moment *now);
/* Gathers everything about the targets that are not done, rest or not: disk,
 * every server, every service. Decides and does nothing. */
void run_look(struct run *run);
/* Saves nothing; run_pass() has. */
void run_close(struct run *run);

/* run_network.c: asks every server about the owners of all targets that are
 * not done, and writes what it saw into their ledgers. */
void run_survey(struct run *run, enum transport transport);
void run_drop_survey(struct run *run);
/* What the last survey saw of OWNER, or NULL. */
const struct survey_owner *run_find_seen(const struct run *run,
					 const char *owner);
/* Probes the services of all targets whose decision is STEP_PROBE. */
void run_probe(struct run *run);
/* alarm.c: tells what a person has to know, once when it begins and once when
 * it ends. */
bool alarm_needs_person(const struct run_target *target);
void alarm_tell(struct run *run, struct run_target *target);
/* Is TEXT what was told before? Numbers may differ. */
bool alarm_is_same(const char *before, const char *text);

/* Points the facts of TARGET to what the last survey saw, along the aliases
 * it found: where they lead to names not asked about, these are unseen. */
void run_attach(struct run *run, struct run_target *target);

/* run_users.c: adds to NAMES the name and all that it may be an alias of, for
 * TARGET, by the last survey or by what the ledgers remember. */
struct name_list;
void run_reach(const struct run *run, const struct run_target *target,
	       const char *name, struct name_list *names);
/* Who uses which owner, by configuration, states and the last survey. */
void run_find_users(struct run *run);
void run_free_users(struct run *run);
/* What the other users of this owner need must never be deleted; what they
 * published and TARGET needs as well is of both; what they saw counts. */
void run_find_others(const struct run *run, const struct run_target *target,
		     struct owner_facts *owner);

/* RECORD was added, whoever had asked for its deletion before. */
void run_note_standing(struct run *run, const char *owner,
		       const struct tlsa *record);

/* EXIT_STATE when a state could not be used, EXIT_FAILED when a target failed
 * or needs a person. */
enum exit_status run_status(const struct run *run);
/* Every target is at rest. */
bool run_finished(const struct run *run);
/* When the next target can advance by time alone; INT64_MAX: unknown. */
int64_t run_due_ms(const struct run *run);
