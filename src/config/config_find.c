/* SPDX-License-Identifier: MIT */
#include "base/xalloc.h"
#include "config/config.h"
#include "config/config_values.h"

#include <stdlib.h>

static void zone_clear(struct config_zone *zone)
{
	free(zone->name);
	free(zone->primary);
	free(zone->key);
	free(zone->also_ask);
	free(zone->ignore);
}

static void target_clear(struct config_target *target)
{
	for (size_t i = 0; i < target->spec_count; i++)
		config_spec_clear(&target->specs[i]);
	free(target->specs);
	for (size_t i = 0; i < target->probe_count; i++)
		free(target->probes[i].host);
	free(target->probes);
	for (char **p = target->exec_arguments; p && *p; p++)
		free(*p);
	free(target->exec_arguments);
	free(target->exec_user);
	free(target->reload);
	free(target->name);
}

void config_free(struct config *config)
{
	if (!config)
		return;
	for (size_t i = 0; i < config->zone_count; i++)
		zone_clear(&config->zones[i]);
	free(config->zones);
	for (size_t i = 0; i < config->target_count; i++)
		target_clear(&config->targets[i]);
	free(config->targets);
	free(config->resolvers);
	free(config->key);
	free(config->letsencrypt_directory);
	free(config->dane_directory);
	free(config->state_directory);
	free(config->path);
	free(config);
}

const struct config_zone *config_find_zone(const struct config *config,
					   const char *zone)
{
	for (size_t i = 0; i < config->zone_count; i++)
		if (streq(config->zones[i].name, zone))
			return &config->zones[i];
	return NULL;
}

const struct config_target *config_find_target(const struct config *config,
					       const char *name)
{
	for (size_t i = 0; i < config->target_count; i++)
		if (streq(config->targets[i].name, name))
			return &config->targets[i];
	return NULL;
}

bool config_is_probed(const struct config_spec *spec)
{
	return streq(spec->protocol, "tcp");
}

static char *port_text(const struct config_spec *spec)
{
	if (streq(spec->protocol, "tcp"))
		return xasprintf("%u", spec->port);
	return xasprintf("%u/%s", spec->port, spec->protocol);
}

static char *texts_joined(const struct texts *texts)
{
	char *all = NULL;

	for (size_t i = 0; i < texts->count; i++) {
		char *longer = xasprintf("%s%s%s", all ? all : "",
					 all ? ", " : "", texts->items[i]);

		free(all);
		all = longer;
	}
	return all;
}

char *config_unprobed(const struct config_target *target)
{
	struct texts ports = { .items = NULL };
	char *all;

	for (size_t i = 0; i < target->spec_count; i++) {
		char *port = port_text(&target->specs[i]);

		if (target->probe == CONFIG_PROBE_OFF ||
		    (target->probe == CONFIG_PROBE_AUTO &&
		     !config_is_probed(&target->specs[i])))
			texts_add_once(&ports, port);
		free(port);
	}
	all = texts_joined(&ports);
	texts_clear(&ports);
	return all;
}
