/* SPDX-License-Identifier: MIT */
#pragma once

#include "act/update.h"
#include "errand/discover.h"
#include "errand/outside.h"
#include "errand/survey.h"
#include "look/probe.h"
#include "run/run.h"
#include "support/links.h"

/*
 * A whole host for the tests of runs: the fixture's tree, one target NAME
 * with one owner, and a clock, certbot and a reload that tests turn. Name
 * servers, updates and services are those of FAKE_NET, which takes the place
 * of zones_discover(), survey_ask(), update_send() and probe_run() in every
 * program that is linked with support_run.c.
 */
#define HOST_OWNER "_25._tcp.mail.example.com."
#define HOST_BEGIN INT64_C(1800000000000)

struct host {
	struct fixture *fixture;
	struct world world;	/* of the fixture, and what is below */
	struct config config;
	struct config_target target;
	struct config_spec spec;
	struct moment now;
	int certbot_lock;	/* what lock_held says */
	int lock_error;
	bool locked;
	bool is_awaited;	/* another waits for the lock */
	unsigned lock_wait_ms;
	int reload_status;
	unsigned reloads;
	int notify_status;
	unsigned notices;
	char *notice;		/* what `notify` was last told */
	unsigned sleeps;
	/* Of host_add_second(). */
	struct test_version *second;
	struct config_target both[2];
	struct config_spec second_spec;
};

struct fake_net {
	struct tlsa_set served;		/* by all servers */
	struct tlsa_set stale;		/* by the second one, if LAGGING */
	bool lagging, silent;
	const char *errand_rights;	/* what errands can do, or NULL */
	bool ignored;			/* the second one */
	bool spare;			/* a hidden primary is silent */
	/* HOST_OWNER is an alias: .. of this, by the second server of that. */
	const char *alias, *stale_alias;
	bool hidden;		/* a record at HOST_OWNER would hide others */
	/* Where another set stands; else every name has SERVED. */
	const char *elsewhere;
	struct tlsa_set served_elsewhere;
	int64_t probe_deadline_ms;	/* the world's at the last probe */
	struct probe_request probed;	/* what was asked for last */
	size_t probed_known_count;	/* of probed.known, which is gone */
	/* What every resolver of `outside` holds (nothing: that there is none),
	 * and for how long; or none of them answers. */
	struct tlsa_set outside;
	uint32_t outside_seconds;
	bool outside_silent;
	bool no_zone;
	uint32_t ttl_seconds;
	/* Of every signature; 0: nothing is signed. */
	int64_t signature_begins_seconds, signature_expires_seconds;
	enum fake_manner {
		FAKE_OBEYS, FAKE_LOSES_ANSWER, FAKE_REFUSES, FAKE_SWALLOWS,
		FAKE_HANGS_UP,
		FAKE_RACES,	/* another adds them first, once */
		FAKE_HOLDS,	/* has another set than it shows */
		FAKE_SAYS,	/* obeys, and says something else: */
	} manner;
	enum update_verdict says;
	bool doubtful;		/* it was sent before, and perhaps done then */
	enum update_verdict trial;	/* of one that changes nothing */
	enum probe_verdict probe;
	void (*before_survey)(void);	/* may be NULL */
	void (*before_update)(void);
	void (*before_probe)(void);
	enum visit_verdict visit;	/* of the only address, [192.0.2.9] */
	/* What happened: */
	unsigned surveys, tcp_surveys, updates, probes, outside_asked;
	unsigned trials;
	unsigned compared;		/* owners with their wildcards */
	uint32_t last_ttl_seconds;	/* of an update */
	bool emptied;		/* the set became empty */
	bool wrong_guard;	/* an update had not seen what is served */
};
extern struct fake_net fake_net;

/* What follow_live is of the hosts that are opened from now on: the default,
 * unless a test says otherwise. */
extern bool host_follows_live;
/* The TESTS of main(), with either; which is first must be certain, so that
 * this is no sum. */
#define RUN_BOTH_WAYS(tests) \
	(cmocka_run_group_tests_name("follow_live = no", tests, NULL, NULL) || \
	 (host_follows_live = true, \
	  cmocka_run_group_tests_name("follow_live = yes", tests, NULL, NULL)))

/* For cmocka: *STATE is the host. */
int host_open(void **state);
int host_close(void **state);

/* A second lineage, SECOND in HOST, which is configured for OWNER beside the
 * one there is: their targets are BOTH. Until host_close(). */
#define HOST_SECOND "second.test"
void host_add_second(struct host *host, const char *owner);
/* Of run_outside.c, so that its fakes are linked with those of run.c: what the
 * resolvers elsewhere hold is gone. */
void run_outside_clear(void);
/* The record 3 1 1 of version NUMBER of the lineage, into SET. */
void host_add_record(struct host *host, unsigned number, struct tlsa_set *set);
/* The live links show NUMBER. */
void host_renew(struct host *host, unsigned number);
/* The links of HOST are where they belong while version NUMBER is in service
 * and nothing is under way. */
void assert_rests(struct host *host, unsigned number);
/* The rights of a command of this word. */
const struct calling *called(const char *command);
/* One pass of COMMAND; what its only target decided last. */
struct action host_pass(struct host *host, const char *command,
			enum exit_status want);
/* The state on the disk; the caller's. */
struct state *host_state(struct host *host);
