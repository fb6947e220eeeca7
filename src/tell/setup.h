/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/text.h"
#include "config/config.h"
#include "world/world.h"

/*
 * The setup command prints what has to be put elsewhere, so that what is in
 * alnitak.conf works: into the configuration of the name server, of services
 * and of certbot. This is what all of its parts go by; setup_print.h has what
 * they print with.
 */
enum setup_server { SETUP_BIND, SETUP_KNOT, SETUP_POWERDNS, SETUP_SERVERS };
enum setup_service { SETUP_POSTFIX, SETUP_EXIM, SETUP_DOVECOT, SETUP_NGINX,
		     SETUP_APACHE, SETUP_HAPROXY, SETUP_SERVICES };

/* What they are called on the command line, with NULL at the end. */
extern const char *const setup_server_words[SETUP_SERVERS + 1];
extern const char *const setup_service_words[SETUP_SERVICES + 1];

/* What was asked for. */
struct setup_wish {
	unsigned servers;		/* bits 1 << enum setup_server; 0: as
					   the place of the key tells */
	unsigned services;		/* likewise; 0: by the ports */
	char *const *names;		/* of targets; none: all */
	size_t name_count;
};

/* A key of alnitak.conf. */
struct setup_key {
	const char *path;		/* as it stands there; NULL: no key is
					   named for any zone */
	char *file;			/* .. without "#NAME" */
	char *name;			/* without final dot; the one it is to
					   get where there is no file yet */
	const char *algorithm;
	bool made;			/* the file is there and can be read */
	bool usable;			/* else it was reported why not */
};

struct setup_zone {
	char *name;			/* canonical */
	const struct config_zone *section;	/* NULL: there is none, and NAME
						   is a guess */
	size_t key;			/* index in keys; one of another zone
					   where LACKS_KEY */
	bool lacks_key;			/* alnitak.conf names none for it */
	unsigned servers;		/* for which its statements are */
	struct texts owners;		/* of all targets, sorted */
	bool wanted;			/* a target that is asked for has one */
};

struct setup {
	const struct config *config;
	struct setup_wish wish;
	struct setup_key *keys;
	size_t key_count;
	struct setup_zone *zones;
	size_t zone_count;
};

/*
 * Finds zones, owners and keys of CONFIG. Reads key files, and nothing else.
 * What cannot be printed without breaking out of the syntax that it would be
 * printed in (see setup_is_plain()), and a key file that is there and cannot
 * be used, is reported; then the result is false, and nothing must be printed
 * that has to do with it: such zones are not in SETUP. The caller clears SETUP
 * in any case.
 */
bool setup_open(struct setup *setup, struct world *world,
		const struct config *config, const struct setup_wish *wish);
void setup_clear(struct setup *setup);

/* TARGET is one of those that were asked for. */
bool setup_wants(const struct setup *setup,
		 const struct config_target *target);

/* A wanted zone has KEY, and its statements are for SERVER. */
bool setup_uses_key(const struct setup *setup, size_t key,
		    enum setup_server server);
bool setup_uses_zone(const struct setup_zone *zone, enum setup_server server);
/* For any zone. */
bool setup_uses(const struct setup *setup, enum setup_server server);

/* The file of KEY, or where SERVER would best have it. */
const char *setup_key_file(const struct setup_key *key,
			   enum setup_server server);

/*
 * Letters, digits and "._/+-" alone, and no "-" at the beginning: such a text
 * is one word to shells and to every server that there is a setup for, quoted
 * or not, and ends no comment.
 */
bool setup_is_plain(const char *text);

/* One file each: the statements for the server, in pieces. */
void setup_bind(const struct setup *setup);
void setup_knot(const struct setup *setup);
void setup_powerdns(const struct setup *setup);
/* The lines for the services of TARGET, of which DIRECTORY has the links. */
void setup_services(const struct setup *setup,
		    const struct config_target *target, const char *directory);
/* What is to be typed before any service is configured, and after. */
void setup_first_steps(const struct setup *setup);
void setup_certbot(const struct setup *setup);
