/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim_backup.h"
#include "sim_certbot.h"
#include "sim_disk.h"
#include "sim_faults.h"
#include "sim_files.h"
#include "sim_second.h"

#include <setjmp.h>

/*
 * A deterministic simulator: the program's own decision, state, links and
 * command code against a world of memory. One seed determines all. Time is
 * true time in milliseconds; what clocks show is another matter.
 *
 * All memory of a run comes from an arena, so that a command may be killed
 * at any world call: its own memory is given up with the process.
 */
struct reply {
	unsigned command;
	bool is_update;
};

/* Calls by their numbers, which rise. Whoever wants to know them passes one. */
struct moments {
	unsigned long *calls;
	size_t count;
};

struct sim {
	uint64_t seed, random;
	unsigned topics_wanted;		/* see sim_topics.h */
	struct arena *arena;
	struct world world;
	bool verbose, in_command, liveness;
	bool mute;			/* keeps no events */
	/* What `status` said last; NULL: nobody looks. See transcript.h. */
	const char *told;
	int journal_fd;			/* where journals go; 0: nowhere */
	bool keeps_key;			/* certbot does, always */
	bool changes_issuer, crosses_issuer, takes_old_key;
	bool first_expires;		/* what is there at first, in a day */
	bool signs_late;		/* the primary shows changes minutes
					   after it accepted them, always */
	bool slips;			/* a server has the zone before its
					   last change, for the next survey by
					   TCP */
	/* What somebody puts back as soon as a program has begun with it. */
	const struct version *comes_back;
	bool probes_hang;		/* services answer nothing in time */
	const char *ails;		/* nothing can be said of this file */
	bool dies_sending;		/* the next command that would, before
					   it does */
	bool begun;			/* the program is installed */
	char *named;			/* the target that `remove` is for */
	jmp_buf *way_out, *end;		/* of the command, of the run */
	bool die;			/* the command in hand is killed */
	bool is_liveness_failure;
	/* Time. */
	int64_t now_ms;
	int64_t wall_offset_ms, boot_offset_ms;
	unsigned boot;
	bool synchronised;
	/* Calls. */
	unsigned command;		/* how many so far */
	int64_t command_ms;		/* when this one began */
	int64_t command_end_ms;		/* and ended */
	int64_t locked_ms;		/* when it had the lock */
	bool has_lock, needs_lock;
	int last_status;
	int64_t quiet_ms;		/* since when all have been content, and
					   nothing disturbed them */
	int64_t clock_set_ms;		/* when it was last */
	unsigned long calls;
	struct moments *effects;	/* calls that left something behind, */
	struct moments *readings;	/* that a look at a clock followed */
	unsigned long kill_at;		/* killed after this call; 0: never */
	bool was_killed, killed_in_vain;	/* it had left nothing behind */
	unsigned long cut_at;		/* so the power is cut */
	bool cut_somehow;
	bool cut_after_kill;		/* when the next command has ended */
	unsigned long clock_at;		/* so the clock is set, */
	int64_t clock_step_ms;		/* by so much; 0: by chance */
	unsigned long clock_for;	/* and back after so many; 0: never */
	size_t cut_keep, cut_ways;	/* see disk_cut() */
	unsigned long edit_at;		/* somebody edits the zone */
	enum edit { EDIT_REPLACE, EDIT_EMPTY, EDIT_RESTORE, EDITS } edit;
	/* When these commands have ended. */
	unsigned backup_at, restore_at;
	int64_t put_back_ms;		/* when states last were, or what
					   they wait for began anew */
	enum backup_part restore_part;
	unsigned hooks_missing;		/* a bit for pre, deploy and post */
	bool pins_always;		/* follow_live = no */
	bool follows;			/* ... is yes; no is the default */
	/* Calls that can fail, the one that does, and with what. */
	unsigned long fallible, fail_at;
	bool fail_typically, troubled;	/* troubled: in this command */
	bool failed_reading;		/* why is all the same to the program */
	int trouble;
	/* Replies from DNS, and the one that is lost. */
	unsigned long replies, lose_at;
	struct reply replied[REPLIES_KEPT];	/* the first ones */
	unsigned killed_command;
	/* Things. */
	struct node *root;
	struct node *handles[64];
	unsigned inodes;
	unsigned long files_version;	/* grows with every change */
	/* Not on the disk yet. */
	struct disk_change *changes;
	size_t change_count, change_room;
	int64_t lock_ms;		/* another instance works until then */
	bool certbot_locked, exchange_works, hard_links_work;
	bool exchange_failed;	/* once, and no command has ended since */
	bool disk_full;			/* while this command runs */
	struct config *config;
	struct owner owners[OWNERS_MAX];
	/* The primary was last seen to show what a wildcard gives there. */
	bool looked_wild[OWNERS_MAX];
	bool allows_wildcards;		/* wildcard = "allow", in all targets */
	size_t owner_count;
	struct target targets[TARGETS_MAX];
	size_t target_count;
	struct server servers[SERVERS_MAX];
	size_t server_count;
	bool strict_turns;	/* of machines at one address, always */
	struct revision *revisions[REVISIONS_MAX];
	size_t revision_count;
	struct resolver resolvers[ELSEWHERE_MAX];
	size_t resolver_count;
	struct served *served;
	bool own_serials;	/* check_serial = no, for each server has its
				   own */
	uint32_t negative_ttl, ttl;
	int64_t ns_ttl_ms;
	/* How much longer than the TTL a resolver keeps an answer. */
	int64_t floor_ms, flight_ms;
	int64_t signature_ms;		/* how long signatures last; 0: none */
	int64_t signer_ms;		/* nothing is signed anew until then */
	int64_t timer_ms, timer_next_ms;
	struct certbot certbot;
	struct faults faults;
	struct backup backup;
	struct second second;
	int64_t faults_next_ms;
	struct checker *checker;
	char *failure;
	unsigned renewals;
	char *events[48];
	size_t event_count;
};

void *sim_alloc(struct sim *sim, size_t size);
char *sim_text(struct sim *sim, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void sim_log(struct sim *sim, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The run has failed; leaves for the driver. */
_Noreturn void sim_fail(struct sim *sim, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
uint64_t sim_random(struct sim *sim);
/* In [low, high]. */
int64_t sim_between(struct sim *sim, int64_t low, int64_t high);
bool sim_chance(struct sim *sim, unsigned thousandths);
/* Lets time pass and everything happen that falls into it. */
void sim_advance(struct sim *sim, int64_t ms);
/* The same while others are waited for, who may be slow, and not beyond the
 * world's deadline. */
void sim_wait(struct sim *sim, int64_t ms);
/* Is that over? */
bool sim_is_late(const struct sim *sim);
/* Lets PROGRAM take its time; true: it hung, and was killed. */
bool sim_hangs(struct sim *sim, struct program *program);
/*
 * What a world call left behind: nothing, so that to die after it is to die
 * before it; something that nobody sees yet, be it time that servers had, be it
 * what outlasts a power cut now; or what others see, where the promise is
 * checked.
 */
enum effect { EFFECT_NONE, EFFECT_HIDDEN, EFFECT_SEEN };
/* Ends each world call: time, checks, and death where it is due. */
void sim_called(struct sim *sim, const char *what, enum effect effect);
void moments_add(struct moments *moments, unsigned long call);
/* Is this reply of a name server the one that gets lost? */
bool sim_loses_reply(struct sim *sim, bool is_update);
/* Are faults on and was CHANCE drawn? */
bool sim_fault(struct sim *sim, unsigned chance);
/* Do four links move as one? If not, there is a moment when they do not fit. */
bool sim_switches_at_once(const struct sim *sim);

static inline struct sim *sim_of(struct world *world)
{
	return world->self;
}

/* Is it this call that fails? Then nothing is done; TYPICAL is the errno that
 * such calls have, unless it is the disk itself. */
bool sim_fails(struct sim *sim, const char *what, int typical);

void world_open(struct sim *sim);
/* Its disk, with the directories that every host has. */
void world_open_files(struct sim *sim);
/* What the program knows by the handle DIR. */
struct node *world_dir(struct sim *sim, int dir);
/* `status`, with -v or without; whoever looks is no event. */
void sim_show_status(struct sim *sim, bool details);
/* Runs one command of the program. EXIT status, or -1 when it was killed. */
int sim_command(struct sim *sim, const char *command);

/* Memory and events for one run; SEED draws all that is random. */
struct sim *sim_open(uint64_t seed);
void sim_close(struct sim *sim);
/* The next event, but not after LATEST_MS; false: there is none. */
bool sim_step(struct sim *sim, int64_t latest_ms);
void sim_print_failure(struct sim *sim);
