/* SPDX-License-Identifier: MIT */
#include "tell/setup.h"

#include "base/log.h"
#include "base/name.h"
#include "base/xalloc.h"
#include "config/keyring.h"

#include <stdlib.h>

#define PLAIN \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/+-"
#define NEW_KEY "alnitak"

const char *const setup_server_words[SETUP_SERVERS + 1] = {
	[SETUP_BIND] = "bind", [SETUP_KNOT] = "knot",
	[SETUP_POWERDNS] = "powerdns",
};
const char *const setup_service_words[SETUP_SERVICES + 1] = {
	[SETUP_POSTFIX] = "postfix", [SETUP_EXIM] = "exim",
	[SETUP_DOVECOT] = "dovecot", [SETUP_NGINX] = "nginx",
	[SETUP_APACHE] = "apache", [SETUP_HAPROXY] = "haproxy",
};

bool setup_is_plain(const char *text)
{
	return *text && *text != '-' && !text[strspn(text, PLAIN)];
}

static bool test_plain(const char *what, const char *text)
{
	if (setup_is_plain(text))
		return true;
	log_error("setup: %s \"%s\" is left out: it has characters that mean "
		  "something else in other configurations; take letters, "
		  "digits and \"._/+-\"", what, text);
	return false;
}

/* ---- Keys -------------------------------------------------------------- */

static const char *const key_places[SETUP_SERVERS] = {
	[SETUP_BIND] = "/etc/bind/alnitak.key",
	[SETUP_KNOT] = "/etc/knot/alnitak.key",
	[SETUP_POWERDNS] = "/etc/powerdns/alnitak.key",
};

const char *setup_key_file(const struct setup_key *key,
			   enum setup_server server)
{
	return key->file ? key->file : key_places[server];
}

static bool is_in_same_directory(const char *a, const char *b)
{
	size_t size = (size_t)(strrchr(b, '/') + 1 - b);

	return strncmp(a, b, size) == 0;
}

/* A key is where its server can read it. */
static unsigned servers_of(const struct setup *setup,
			   const struct setup_key *key)
{
	unsigned every = (1U << SETUP_SERVERS) - 1;

	if (setup->wish.servers)
		return setup->wish.servers;
	for (int i = 0; key->file && i < SETUP_SERVERS; i++)
		if (is_in_same_directory(key->file, key_places[i]))
			return 1U << i;
	return every;
}

/* The name that is to be in a file which is not there yet. */
static char *name_to_be(const struct keyring_entry *entry)
{
	const char *mark = entry->path + strlen(entry->file);

	return xstrdup(*mark ? mark + 1 : NEW_KEY);
}

/* What stands in the file at KEY->path. False: it cannot be used. */
static bool read_key(struct setup_key *key, struct world *world)
{
	struct keyring keyring = { 0 };
	const struct keyring_entry *entry = keyring_find(&keyring, world,
							 key->path);
	struct file_info info;
	bool ok = true;

	key->file = xstrdup(entry->file);
	if (entry->key) {
		key->made = true;
		key->name = name_undotted(tsig_key_name(entry->key));
		key->algorithm = tsig_algorithm_name(
					tsig_key_algorithm(entry->key));
	} else if (world->file_info(world, WORLD_CWD, entry->file, true,
				    &info) == -ENOENT) {
		key->name = name_to_be(entry);
	} else {
		log_error("setup: %s", entry->detail);
		ok = false;
	}
	keyring_clear(&keyring);
	return ok;
}

static void open_key(struct setup_key *key, struct world *world,
		     const char *path)
{
	*key = (struct setup_key){ .path = path, .algorithm = "hmac-sha256" };
	if (path) {
		key->usable = read_key(key, world) &&
			      test_plain("key file", key->file) &&
			      test_plain("key", key->name);
		return;
	}
	key->name = xstrdup(NEW_KEY);
	key->usable = true;
}

/* The index of the key at PATH, NULL where none is named. */
static size_t key_at(struct setup *setup, struct world *world,
		     const char *path)
{
	for (size_t i = 0; i < setup->key_count; i++)
		if (path ? streq(setup->keys[i].path, path) :
			   !setup->keys[i].path)
			return i;
	open_key(array_push(setup->keys, setup->key_count), world, path);
	return setup->key_count - 1;
}

/* ---- Zones ------------------------------------------------------------- */

/* Where nothing is said: mostly it is the domain of the host. */
static const char *guess_zone(const char *host)
{
	return name_labels(host) > 2 ? name_parent(host) : host;
}

/* Where a zone has no key, that of another may do. */
static const char *any_key(const struct config *config)
{
	for (size_t i = 0; i < config->zone_count; i++)
		if (config->zones[i].key)
			return config->zones[i].key;
	return NULL;
}

static struct setup_zone *zone_of(struct setup *setup,
				  const struct config_spec *spec)
{
	const struct config_zone *section = config_nearest_zone(
						setup->config, spec->owner);
	const char *name = section ? section->name : guess_zone(spec->host);
	struct setup_zone *zone;

	for (size_t i = 0; i < setup->zone_count; i++)
		if (streq(setup->zones[i].name, name))
			return &setup->zones[i];
	zone = array_push(setup->zones, setup->zone_count);
	zone->name = xstrdup(name);
	zone->section = section;
	return zone;
}

static void add_target(struct setup *setup, const struct config_target *target)
{
	for (size_t i = 0; i < target->spec_count; i++) {
		struct setup_zone *zone = zone_of(setup, &target->specs[i]);

		texts_add(&zone->owners, target->specs[i].owner);
		zone->wanted |= setup_wants(setup, target);
	}
}

static void zone_clear(struct setup_zone *zone)
{
	texts_clear(&zone->owners);
	free(zone->name);
}

/* Takes ZONE out where its key is of no use. */
static bool finish_zone(struct setup *setup, struct world *world,
			struct setup_zone *zone)
{
	const char *path = config_zone_key(setup->config, zone->section);

	texts_sort(&zone->owners);
	texts_drop_repeats(&zone->owners);
	/* The end of the name of a host, or it would not be here. */
	invariant(setup_is_plain(zone->name));
	zone->lacks_key = !path;
	zone->key = key_at(setup, world,
			   path ? path : any_key(setup->config));
	zone->servers = servers_of(setup, &setup->keys[zone->key]);
	zone->wanted = setup->keys[zone->key].usable;
	return zone->wanted;
}

bool setup_open(struct setup *setup, struct world *world,
		const struct config *config, const struct setup_wish *wish)
{
	bool ok = true;

	*setup = (struct setup){ .config = config, .wish = *wish };
	for (size_t i = 0; i < config->target_count; i++)
		if (config->targets[i].api != API_EXEC)
			add_target(setup, &config->targets[i]);
	for (size_t i = 0; i < setup->zone_count; i++)
		if (setup->zones[i].wanted)
			ok &= finish_zone(setup, world, &setup->zones[i]);
	return ok;
}

void setup_clear(struct setup *setup)
{
	for (size_t i = 0; i < setup->zone_count; i++)
		zone_clear(&setup->zones[i]);
	free(setup->zones);
	for (size_t i = 0; i < setup->key_count; i++) {
		free(setup->keys[i].file);
		free(setup->keys[i].name);
	}
	free(setup->keys);
	*setup = (struct setup){ .config = NULL };
}

/* ---- What was asked for ------------------------------------------------ */

bool setup_wants(const struct setup *setup, const struct config_target *target)
{
	for (size_t i = 0; i < setup->wish.name_count; i++)
		if (streq(setup->wish.names[i], target->name))
			return true;
	return setup->wish.name_count == 0;
}

bool setup_uses_zone(const struct setup_zone *zone, enum setup_server server)
{
	return zone->wanted && (zone->servers & (1U << server));
}

bool setup_uses_key(const struct setup *setup, size_t key,
		    enum setup_server server)
{
	for (size_t i = 0; i < setup->zone_count; i++)
		if (setup->zones[i].key == key &&
		    setup_uses_zone(&setup->zones[i], server))
			return true;
	return false;
}

bool setup_uses(const struct setup *setup, enum setup_server server)
{
	for (size_t i = 0; i < setup->zone_count; i++)
		if (setup_uses_zone(&setup->zones[i], server))
			return true;
	return false;
}
