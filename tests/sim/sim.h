/* SPDX-License-Identifier: MIT */
#pragma once

#include "config.h"
#include "options.h"
#include "world.h"

#include <setjmp.h>

/*
 * A deterministic simulator: the program's own decision, state, links and
 * command code against a world of memory. One seed determines all. Time is
 * true time in milliseconds; what clocks show is another matter.
 *
 * All memory of a run comes from an arena, so that a command may be killed
 * at any world call: its own memory is given up with the process.
 */
enum { SERVERS_MAX = 6, SERVICES_MAX = 2, TARGETS_MAX = 2, OWNERS_MAX = 5,
       WORKERS_MAX = 8, REVISIONS_MAX = 4096, COMBOS_MAX = 4,
       ARCHIVE_KEPT = 5 };

#define SECOND 1000LL
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define FOREVER INT64_MAX

struct sim;

/* ---- sim_certificates.c ----------------------------------------------- */

enum { FILE_CERT, FILE_CHAIN, FILE_FULLCHAIN, FILE_PRIVKEY, FILE_KINDS };

/* Digest [selector][matching] of one certificate of a chain. */
struct selected {
	const uint8_t *data;
	size_t size;
};
struct cert {
	int lineage, key, serial, issuer;
	char *pem[FILE_KINDS];
	uint64_t hash[FILE_KINDS];
	struct selected leaf[2][3], above[2][3];
	char title[24];			/* "mail/k3.7" */
};
/* The same certificate for the same numbers, in every process. */
const struct cert *cert_get(int lineage, int key, int serial, int issuer);
uint64_t text_hash(const char *text, size_t size);
extern const char *const file_kind_names[FILE_KINDS];

/* ---- sim_files.c: an in-memory file system ---------------------------- */

enum { NODE_FILE = FILE_REGULAR, NODE_DIR = FILE_DIRECTORY,
       NODE_LINK = FILE_LINK };
struct node {
	int kind;
	unsigned mode, links, inode;
	char *data;			/* content, or a link's target */
	size_t size;
	uint64_t hash;
	struct node *parent;		/* of a directory */
	struct entry *entries;
	size_t count, room;
};
struct entry {
	char *name;
	struct node *node;
};
struct node *files_new(struct sim *sim, int kind);
struct node *files_walk(struct sim *sim, struct node *at, const char *path,
			bool follow, int *error);
struct node *files_path(struct sim *sim, const char *path);
struct entry *files_find(struct node *dir, const char *name);
void files_add(struct sim *sim, struct node *dir, const char *name,
	       struct node *node);
void files_drop(struct node *dir, const char *name);
/* Makes the directories on the way; replaces what is there. */
void files_put(struct sim *sim, const char *path, const char *text);
void files_link(struct sim *sim, const char *path, const char *target);
void files_delete(struct sim *sim, const char *path);
struct node *files_make_dirs(struct sim *sim, const char *path);

/* ---- sim_dns.c -------------------------------------------------------- */

struct rr {
	uint8_t usage, selector, matching;
	const uint8_t *data;
	size_t size;
};

enum origin { ORIGIN_START, ORIGIN_ALNITAK, ORIGIN_OTHERS };

/* One RRset at one owner with its TTL. */
struct version {
	int owner;
	struct rr *rrs;
	size_t count;
	uint32_t ttl;
	enum origin origin;
	int64_t made_ms;
	bool seen;			/* by some survey */
	const struct version *before;	/* what it was made of */
};
struct revision {
	uint32_t serial;
	struct version *of[OWNERS_MAX];
};
struct server {
	char name[32];
	struct address address;
	bool primary, delegated, asked;	/* asked: by resolvers */
	bool newcomer;
	int64_t unasked_ms;		/* when resolvers forget it */
	struct revision *accepted;	/* primary: beyond what it shows */
	struct revision *shown;
	int64_t show_ms;		/* when the next revision is shown */
	int64_t lag_ms;
	int64_t frozen_ms, dead_ms, silent_ms;	/* until when */
	int64_t regressed_ms;		/* since when it serves an old zone */
	int64_t look_ms;		/* last survey that it answered */
	unsigned look_command;
	bool met[OWNERS_MAX];		/* ever asked about this owner */
	bool left_unmet[OWNERS_MAX];	/* it left before that */
	int64_t entered_ms;
	struct served *open[OWNERS_MAX];
};
/* SERVER served VERSION from FROM to UNTIL; resolvers could ask it. */
struct served {
	struct server *server;
	struct version *version;
	int64_t from_ms, until_ms;
	bool regressed, looked_at;
	struct served *next;
};
void dns_open(struct sim *sim);
void dns_event(struct sim *sim);
int64_t dns_next_ms(const struct sim *sim);
void dns_commit(struct sim *sim, int owner, const struct rr *rrs,
		size_t count, uint32_t ttl, enum origin origin);
void dns_refresh(struct sim *sim);
void dns_heal(struct sim *sim);
bool rr_equal(const struct rr *a, const struct rr *b);
bool rr_in(const struct rr *rr, const struct rr *rrs, size_t count);
struct server *dns_primary(struct sim *sim);
struct rr rr_of(const struct cert *cert, struct tlsa_params params);
char *rrs_text(struct sim *sim, const struct rr *rrs, size_t count);

/* ---- sim_services.c --------------------------------------------------- */

struct worker {
	const struct cert *cert;	/* NULL: it could not load any */
	int64_t gone_ms;		/* FOREVER: the current one */
	bool stray;			/* loaded what nobody had pinned */
};
struct service {
	struct worker workers[WORKERS_MAX];
	size_t count;
	int64_t load_ms;		/* a reload under way; FOREVER */
	int64_t restart_ms;
};
struct target {
	char name[32];
	int lineage;
	struct service services[SERVICES_MAX];
	size_t service_count;
	unsigned linger_seconds;
	bool probed;
	/* certbot's side */
	const struct cert *live;	/* newest issued */
	const struct cert *issued[64];
	unsigned number, issued_count, key, serial;
	bool exists, deployed;		/* deployed: live was complete once */
	bool was_deleted;
	const struct cert *forced;	/* the first after nothing was left */
	/* Live moved while nothing was pinned, by nobody's fault but
	 * certbot's caller; until a command has seen it. */
	bool stray;
	int64_t stray_ms;
	int stray_serial;		/* of the first that did */
};
void services_open(struct sim *sim);
void services_event(struct sim *sim);
int64_t services_next_ms(const struct sim *sim);
/* What a service that starts now would present; NULL: it does not start. */
const struct cert *services_would_load(struct sim *sim,
				       const struct target *target);
bool services_is_stray(const struct target *target, const struct cert *cert);
int services_reload(struct sim *sim, struct target *target);
void services_restart_all(struct sim *sim);
struct target *target_named(struct sim *sim, const char *name);

/* ---- sim_certbot.c ---------------------------------------------------- */

enum certbot_step { CERTBOT_IDLE, CERTBOT_PRE, CERTBOT_ISSUE, CERTBOT_FILES,
		    CERTBOT_MOVE, CERTBOT_CLEAN, CERTBOT_DEPLOY, CERTBOT_POST,
		    CERTBOT_END };
struct certbot {
	enum certbot_step step;
	int64_t next_ms;
	bool due[TARGETS_MAX];
	bool hooks, dry;
	bool pre_done;			/* and completed */
	size_t at;			/* the target in work */
	unsigned part;
};
struct renewal {
	bool due[TARGETS_MAX];
	bool hooks, dry;
};
void certbot_issue_first(struct sim *sim, struct target *target);
void certbot_begin(struct sim *sim, const struct renewal *renewal);
void certbot_event(struct sim *sim);
void certbot_delete(struct sim *sim, struct target *target);
bool certbot_idle(const struct sim *sim);

/* ---- sim_world.c ------------------------------------------------------ */

struct owner {
	char name[64];
	struct tlsa_params params[COMBOS_MAX];
	size_t param_count;
	unsigned users;			/* bit per target found there */
	/* What others put there ever, and what of it stands. */
	struct rr strange[32], foreign[32];
	size_t strange_count, foreign_count;
	struct rr odd[32];		/* theirs or ours: nobody knows */
	size_t odd_count;
};

/* Chances are in thousandths, drawn anew for every run. */
struct faults {
	unsigned silent, dead, frozen, regress, restore, delegation;
	unsigned refuse, unanswered, signing_delay, odd_answer;
	unsigned operator_edit, operator_removes, operator_ttl;
	unsigned kill, no_hooks, reload_fails, reload_late, restart, probe;
	unsigned clock_step, reboot, suspend, certbot_dies, same_key, old_key;
	unsigned issuer, delete_lineage, zone_fails, dry;
};

struct sim {
	uint64_t seed, random;
	struct arena *arena;
	struct world world;
	bool verbose, in_command, liveness;
	bool begun;			/* the program is installed */
	jmp_buf *way_out, *end;	/* of the command, of the run */
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
	int last_status;
	unsigned long calls, kill_at;	/* kill after this call; 0: never */
	/* Things. */
	struct node *root;
	struct node *handles[64];
	unsigned inodes;
	bool certbot_locked, exchange_works, hard_links_work;
	struct config *config;
	struct owner owners[OWNERS_MAX];
	size_t owner_count;
	struct target targets[TARGETS_MAX];
	size_t target_count;
	struct server servers[SERVERS_MAX];
	size_t server_count;
	struct revision *revisions[REVISIONS_MAX];
	size_t revision_count;
	struct served *served;
	uint32_t negative_ttl, ttl;
	int64_t ns_ttl_ms;
	/* How much longer than the TTL a resolver keeps an answer. */
	int64_t floor_ms, flight_ms;
	int64_t timer_ms, timer_next_ms;
	struct certbot certbot;
	struct faults faults;
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
/* Ends each world call: time, checks, and death where it is due. */
void sim_called(struct sim *sim, const char *what, bool changed);
/* Are faults on and was CHANCE drawn? */
bool sim_fault(struct sim *sim, unsigned chance);

/* ---- sim_faults.c ----------------------------------------------------- */

void faults_event(struct sim *sim);
void faults_end(struct sim *sim);
void others_commit(struct sim *sim, int owner, const struct rr *rrs,
		   size_t count, uint32_t ttl);

void world_open(struct sim *sim);
/* Runs one command of the program. EXIT status, or -1 when it was killed. */
int sim_command(struct sim *sim, enum command command);

/* ---- sim_setup.c ------------------------------------------------------ */

struct scenario {
	const char *name;
	bool fresh;		/* no record in DNS yet */
	bool again;		/* renewed again while the first is pending */
	bool two;		/* two lineages in one renewal */
	bool by_link;		/* the file system cannot exchange */
};
void setup_random(struct sim *sim);
void setup_scenario(struct sim *sim, const struct scenario *scenario);

/* ---- sim_core.c ------------------------------------------------------- */

/* Memory and events for one run; SEED draws all that is random. */
struct sim *sim_open(uint64_t seed);
void sim_close(struct sim *sim);
/* The next event, but not after LATEST_MS; false: there is none. */
bool sim_step(struct sim *sim, int64_t latest_ms);
void sim_print_failure(const struct sim *sim);

/* ---- sim_run.c -------------------------------------------------------- */

/* The whole run; false: it failed. */
bool run_seed(struct sim *sim);
bool run_scenario(struct sim *sim, const struct scenario *scenario);
