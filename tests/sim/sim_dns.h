/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim_certificates.h"

/* One zone, its servers, and what resolvers may have asked. */
struct rr {
	uint8_t usage, selector, matching;
	const uint8_t *data;
	size_t size;
};

/* Records that the program published and nobody brought back later. */
struct added {
	struct rr rr;
	struct added *next;
};

#define FOREIGN_MAX 96

struct owner {
	char name[64];
	struct tlsa_params params[COMBOS_MAX];
	size_t param_count;
	unsigned users;			/* bit per target found there */
	size_t parts;			/* of PARAMS, each user wants one of so
					   many: see owner_wants() */
	/* What others put there ever, and what of it stands. */
	struct rr strange[32], foreign[FOREIGN_MAX];
	size_t strange_count, foreign_count;
	struct rr odd[32];		/* theirs or ours: nobody knows */
	size_t odd_count;
	struct added *added;
	bool begun;			/* the program ever published there */
	/* Where an alias at another owner may lead: that one's index plus 1.
	 * Each such has two, this one and the next. */
	int via;
	/* What a wildcard gives where nothing stands: somebody's record for
	 * hosts of his. */
	struct rr wild;
	bool has_wildcard;
};

enum origin { ORIGIN_START, ORIGIN_ALNITAK, ORIGIN_OTHERS };

/* What looks could tell of a version, at an address behind which there are
 * several machines. */
struct looks {
	bool came;			/* one of them has or had it */
	int64_t met_ms;			/* the last one that met it; 0: none */
	bool known;			/* ... of which a state still tells */
	bool contradicts;		/* one met it when a later one was known
					   from there already */
	unsigned missed;		/* so many since did not */
	int64_t gone_ms;		/* and were enough then; FOREVER: are
					   not yet */
};
/* One RRset at one owner with its TTL. */
struct version {
	int owner;
	struct rr *rrs;
	size_t count;
	uint32_t ttl;
	bool by_wildcard;		/* nothing stands at the owner */
	int alias;			/* it is one of that owner: index plus
					   1; 0: it is none */
	enum origin origin;
	int64_t made_ms, command_ms;	/* ... by a command begun then */
	unsigned look_command;		/* the last one that saw it */
	bool seen;			/* by one that lived to note it */
	int64_t seen_ms;		/* ... which was then */
	bool lost;			/* what a state knew of it */
	bool forgotten;			/* ... and nobody can tell any more */
	const struct version *before;	/* what it was made of */
	bool troubled;			/* by a command that a call failed */
	bool in_pieces;			/* by a program, a record at a time */
	bool unguarded;			/* by a program, of an edit that it
					   could not know of */
	bool only_keeps;		/* by others: all of that, and its TTL,
					   with nothing of a new kind */
	struct looks looks, looks_before;	/* the command that met it */
	unsigned met_command;
};
struct revision {
	uint32_t serial;
	struct version *of[OWNERS_MAX];
};
struct server {
	char name[32];
	struct address address;
	bool primary, delegated, asked;	/* asked: by resolvers */
	bool extra;			/* of `also_ask`: some resolvers ask
					   it, delegated to or not */
	bool ignored;			/* dead for good, and an operator said
					   that it is */
	/* Another machine that answers at the same address, or NULL. See
	 * sim_machines.c. */
	struct server *twin;
	bool second;			/* ... of which this is the second */
	bool turn;			/* the first: that one answers */
	uint32_t serial_first;		/* where it numbers the zone itself */
	int64_t unasked_ms;		/* when resolvers forget it */
	int64_t address_ms;		/* how long they keep its address */
	bool address_in_part;		/* ... which a cache alone tells */
	struct revision *accepted;	/* primary: beyond what it shows */
	struct revision *shown;
	int64_t show_ms;		/* when the next revision is shown */
	int64_t lag_ms;
	int64_t frozen_ms, dead_ms, silent_ms;	/* until when */
	int64_t regressed_ms;		/* since when it serves an old zone */
	int64_t look_ms[OWNERS_MAX];	/* last survey that it answered */
	unsigned look_command;
	uint32_t look_ttl[OWNERS_MAX];
	int64_t signed_ms;		/* when what it serves was signed */
	int64_t look_expires_ms;	/* until when, as that survey saw it */
	unsigned met_command[OWNERS_MAX];	/* last asked about it */
	bool met[OWNERS_MAX];		/* by one that lived to note it */
	int64_t met_ms[OWNERS_MAX];
	int64_t unmet_ms[OWNERS_MAX];	/* it left before that: until when */
	struct served *open[OWNERS_MAX];
};
/* SERVER served VERSION from FROM to UNTIL; resolvers could ask it. */
struct served {
	struct server *server;
	struct version *version;
	int64_t from_ms, until_ms;
	bool regressed;
	unsigned look_command;	/* the last one that saw it */
	bool looked_at;		/* ... and lived to note it */
	int64_t looked_ms;
	struct served *next;
};
/* A resolver elsewhere, one of `outside`. */
struct held {
	const struct version *version;	/* NULL: nothing */
	int64_t until_ms;
	unsigned asked_command, said_command;	/* the last one that asked,
						   and that was told */
};
struct resolver {
	struct held held[OWNERS_MAX];
	int64_t silent_ms;		/* until when */
	const struct revision *view;	/* it asks who shows that, so long */
	int64_t view_ms;
};
void dns_open(struct sim *sim);
void dns_event(struct sim *sim);
int64_t dns_next_ms(const struct sim *sim);
void dns_commit(struct sim *sim, int owner, const struct rr *rrs,
		size_t count, uint32_t ttl, enum origin origin);
/* Others make it an alias of END. */
void dns_commit_alias(struct sim *sim, int owner, int end);
/* Records of the owner's own: what a wildcard gives is none. */
size_t version_own_count(const struct version *version);
/* Has it one of RR's usage, selector and matching type? */
bool version_has_kind(const struct version *version, const struct rr *rr);
void dns_refresh(struct sim *sim);
void dns_heal(struct sim *sim);
bool rr_equal(const struct rr *a, const struct rr *b);
bool rr_in(const struct rr *rr, const struct rr *rrs, size_t count);
struct server *dns_primary(struct sim *sim);
/* SERVER answers nobody any more; an operator finds that out. */
void server_dies(struct sim *sim, struct server *server);
void server_is_given_up(struct sim *sim, struct server *server);
/* For how long resolvers ask SERVER at most when it has left. */
int64_t dns_asked_ms(const struct sim *sim, const struct server *server);
/* The command in hand has noted what it saw. */
void dns_noted(struct sim *sim);
/* What was noted since then is lost. */
void dns_forget(struct sim *sim, int64_t since_ms);
/* Others changed OWNER: what was lost has lived longer than all that looks have
 * met since, and than what they can meet now. */
void dns_forget_longer(struct sim *sim, int owner);
int dns_owner_named(struct sim *sim, const char *name);
/* Servers that work have signatures of this moment. */
void dns_sign(struct sim *sim);
struct rr rr_of(const struct cert *cert, struct tlsa_params params);
char *rrs_text(struct sim *sim, const struct rr *rrs, size_t count);
struct tlsa_set dns_set_of(const struct rr *rrs, size_t count);

/* ---- sim_alias.c -------------------------------------------------------- */

/* Where there are some, if any: drawn, or OWNER is, from now on. */
void alias_draw(struct sim *sim);
void alias_open(struct sim *sim, int owner);
void alias_event(struct sim *sim);
/* OWNER's leads to the other end now. */
void alias_move(struct sim *sim, int owner);
/* Is OWNER no end, or one where an alias leads? */
bool alias_leads_to(struct sim *sim, int owner);

/* ---- sim_machines.c ----------------------------------------------------- */

/* So many looks in a row have to show the same where an address contradicted
 * itself. */
#define LOOKS_BELIEVED 4

/* Where there are some, if any: drawn, or where FIRST is, from now on. */
void machines_draw(struct sim *sim);
void machines_open(struct sim *sim, struct server *first);
/* The first one at SERVER's address. */
struct server *machines_first(struct server *server);
/* Which of those at its address answers us now. */
struct server *machines_in_turn(struct sim *sim, struct server *first);
/* One of them has VERSION now. */
void machines_take(struct version *version);
/* SERVER said what it serves. */
void machines_looked(struct sim *sim, struct server *server, int owner);
/* The command in hand has noted what it saw, or it never will. */
void machines_noted(struct sim *sim, bool noted);
void machines_forget(struct sim *sim, int64_t since_ms);
/* No look up to LOOK_MS could tell that it was still served, or again. */
bool machines_hide(const struct served *served, int64_t look_ms);
/* What the second one has from FIRST it has until just before it answers the
 * next time, and that is when a single wait is over. */
void machines_part(struct sim *sim, struct server *first);

/* ---- sim_outside.c ------------------------------------------------------ */

/* There are COUNT of them. */
void outside_open(struct sim *sim, size_t count);
void outside_show_view(struct sim *sim, struct resolver *resolver,
		       const struct revision *view, int64_t ms);
void outside_event(struct sim *sim);
void outside_heal(struct sim *sim);
