/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/address.h"
#include "base/application.h"
#include "base/text.h"
#include "base/prefix.h"
#include "cert/tlsa.h"

/*
 * alnitak.conf as a plain constant value. libconfuse is included by config.c
 * alone. Adding an option touches three places: the row in config.c's table,
 * the field here, and the sample alnitak.conf (a test loads it).
 */
struct config_spec {			/* one entry of `tlsa` */
	struct tlsa_params params;
	/* "*": all that have no record of their own, by a wildcard (RFC 4592
	 * section 2.1.1). */
#define CONFIG_PORT_ANY 0
	uint16_t port;			/* or CONFIG_PORT_ANY */
	const char *protocol;		/* "tcp", "udp", "sctp" or "quic" */
	char *host;			/* canonical name, with final dot */
	char *owner;			/* _PORT._PROTOCOL.HOST, canonical; or
					   *._PROTOCOL.HOST */
};

struct config_probe {			/* one entry of a `probe` list */
	char *host;			/* name or address text */
	struct address address;		/* family 0 where HOST is a name */
	uint16_t port;
	enum application application;	/* as written, or by the port */
	char *domain;			/* of an XMPP stream, canonical; NULL:
					   the host */
};

enum config_probe_mode { CONFIG_PROBE_AUTO, CONFIG_PROBE_OFF,
			 CONFIG_PROBE_LIST };
enum config_api { API_RFC2136, API_EXEC };

struct config_target {
	char *name;			/* the certbot lineage */
	unsigned line;			/* see config_fault.h */
	struct config_spec *specs;
	size_t spec_count;
	char *reload;			/* NULL: none */
	enum config_probe_mode probe;
	struct config_probe *probes;
	size_t probe_count;
	unsigned linger_seconds;
	bool linger_given;		/* 0 as well may be meant so */
	bool hides_wildcards;		/* `wildcard` is "allow" */
	unsigned files;			/* the links that are made: bits by
					   PEM_BIT(); never 0 */
	bool allows_strangers;		/* the first record may appear though a
					   service presents none of ours */
	enum config_api api;
	char *exec_user;		/* NULL: as alnitak */
	char **exec_arguments;		/* NULL-terminated; API_EXEC only */
};

/* Questions to the primary: signed with the zone's key where that helps,
 * always, or never. */
enum config_signing { SIGNING_AUTO, SIGNING_ALWAYS, SIGNING_NEVER };

struct config_zone {
	char *name;			/* canonical */
	unsigned line;
	char **primaries;		/* as written, in the order in which
					   they are tried; none: SOA MNAME */
	size_t primary_count;
	char *key;			/* path; NULL: the default key */
	enum config_signing signing;	/* of questions to the primary */
	struct address *also_ask;
	size_t also_ask_count;
	struct prefix *ignore;		/* not both families as a whole */
	size_t ignore_count;
	bool check_serial;
};

struct config {
	char *path;			/* of the file, for messages */
	struct texts included;		/* paths of the others */
	struct texts unmatched;		/* a line about each include that
					   matches no file */
	char *letsencrypt_directory;
	char *dane_directory;
	char *state_directory;
	struct address *resolvers;	/* from the file; may be empty */
	size_t resolver_count;
	struct address *outside;	/* resolvers elsewhere, whose view must
					   not contradict ours; may be empty */
	size_t outside_count;		/* never above OUTSIDE_MAX */
	struct address sources[2];	/* of this host, IPv4 and IPv6: where
					   what is asked comes from; family 0:
					   as the system chooses */
	bool follow_live;
	unsigned files;			/* of targets that do not say */
	unsigned record_ttl_seconds;
	unsigned ttl_factor;
	unsigned margin_seconds;
	bool dnssec_required;
	unsigned recheck_seconds;	/* 0: what is settled stays so */
	char *key;			/* path of the default key, or NULL */
	char *metrics_file;		/* path, or NULL: none is written */
	char *status_file;		/* path, or NULL: none is written */
	char **notify;			/* program and arguments,
					   NULL-terminated; NULL: none */
	char *notify_user;		/* NULL: as alnitak */
	struct config_zone *zones;
	size_t zone_count;
	struct config_target *targets;
	size_t target_count;
};

/*
 * How a configuration that includes others comes to them: config/ knows no
 * world. Both return NULL, or what is wrong, allocated, and then nothing else.
 */
struct config_reader {
	void *self;
	uint64_t inode;			/* of the file that begins it */
	/* Of the file at PATH up to SIZE octets, allocated; more is wrong. */
	char *(*read)(void *self, const char *path, size_t size, char **text,
		      uint64_t *inode);
	/* Adds the names in the directory at PATH; one that is not there has
	 * none. */
	char *(*list)(void *self, const char *path, struct texts *names);
};

/*
 * TEXT is the content of the file at PATH. Every fault is reported through
 * log_error() as "PATH:LINE: what, have, want"; all faults of a file in one
 * run. NULL when there was any. Nothing can be included where READER is NULL,
 * as it is for config_parse().
 */
struct config *config_parse_with(const char *path, const char *text,
				 const struct config_reader *reader);
struct config *config_parse(const char *path, const char *text);
void config_free(struct config *config);

/* The zone section for ZONE (canonical name), or NULL. */
const struct config_zone *config_find_zone(const struct config *config,
					   const char *zone);
/* The zone section that OWNER falls under where no name is an alias: of those
 * above it the nearest, or NULL. What the zone really is DNS alone tells. */
const struct config_zone *config_nearest_zone(const struct config *config,
					      const char *owner);
/* ZONE, which may be NULL, says that this server is not to be waited for. */
bool config_zone_ignores(const struct config_zone *zone,
			 const struct address *address);
/* The file with the key for ZONE, which may be NULL: its own, or the default;
 * NULL where there is none. */
const char *config_zone_key(const struct config *config,
			    const struct config_zone *zone);
const struct config_target *config_find_target(const struct config *config,
					       const char *name);

/* A service that can be looked at, if it is known where: others than those over
 * TCP cannot. */
bool config_is_probed(const struct config_spec *spec);
/* "25", or "*": for people and programs. */
#define CONFIG_PORT_SIZE 6
const char *config_port_format(const struct config_spec *spec,
			       char text[CONFIG_PORT_SIZE]);
/* PROBE, of TARGET's list, is a look at the service of SPEC: at its port, and
 * at its host or at a place that is none of the target's other hosts. */
bool config_probe_shows(const struct config_target *target,
			const struct config_probe *probe,
			const struct config_spec *spec);
/* The ports of TARGET that nobody looks at, "853/udp, 25": those that cannot
 * be probed, those that a list in `probe` leaves out, and all where it is off.
 * "25 of mx2.test" where it is one of several hosts. Allocated; NULL: there
 * are none. */
char *config_unprobed(const struct config_target *target);
