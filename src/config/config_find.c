/* SPDX-License-Identifier: MIT */
#include "base/name.h"
#include "base/xalloc.h"
#include "config/config.h"
#include "config/config_values.h"

#include <stdio.h>
#include <stdlib.h>

static void zone_clear(struct config_zone *zone)
{
	free(zone->name);
	for (size_t i = 0; i < zone->primary_count; i++)
		free(zone->primaries[i]);
	free(zone->primaries);
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
		config_probe_clear(&target->probes[i]);
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
	free(config->outside);
	free(config->key);
	free(config->metrics_file);
	free(config->status_file);
	for (char **p = config->notify; p && *p; p++)
		free(*p);
	free(config->notify);
	free(config->notify_user);
	free(config->letsencrypt_directory);
	free(config->dane_directory);
	free(config->state_directory);
	texts_clear(&config->included);
	texts_clear(&config->unmatched);
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

const struct config_zone *config_nearest_zone(const struct config *config,
					      const char *owner)
{
	const struct config_zone *best = NULL;

	for (size_t i = 0; i < config->zone_count; i++) {
		const struct config_zone *zone = &config->zones[i];

		if (name_is_within(owner, zone->name) &&
		    (!best || strlen(zone->name) > strlen(best->name)))
			best = zone;
	}
	return best;
}

bool config_zone_ignores(const struct config_zone *zone,
			 const struct address *address)
{
	for (size_t i = 0; zone && i < zone->ignore_count; i++)
		if (prefix_has(&zone->ignore[i], address))
			return true;
	return false;
}

const char *config_zone_key(const struct config *config,
			    const struct config_zone *zone)
{
	return zone && zone->key ? zone->key : config->key;
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

static bool is_host(const struct config_target *target, const char *host)
{
	for (size_t i = 0; i < target->spec_count; i++)
		if (streq(target->specs[i].host, host))
			return true;
	return false;
}

const char *config_port_format(const struct config_spec *spec,
			       char text[CONFIG_PORT_SIZE])
{
	if (spec->port == CONFIG_PORT_ANY)
		snprintf(text, CONFIG_PORT_SIZE, "*");
	else
		snprintf(text, CONFIG_PORT_SIZE, "%u", (unsigned)spec->port);
	return text;
}

/* Clients of a port that has a record of its own never see that for all. */
static bool is_about(const struct config_target *target,
		     const struct config_spec *spec, uint16_t port)
{
	if (spec->port != CONFIG_PORT_ANY)
		return spec->port == port;
	for (size_t i = 0; i < target->spec_count; i++)
		if (target->specs[i].port == port &&
		    config_is_probed(&target->specs[i]) &&
		    streq(target->specs[i].host, spec->host))
			return false;
	return true;
}

bool config_probe_shows(const struct config_target *target,
			const struct config_probe *probe,
			const struct config_spec *spec)
{
	return config_is_probed(spec) && is_about(target, spec, probe->port) &&
	       (streq(probe->host, spec->host) ||
		!is_host(target, probe->host));
}

static bool is_seen(const struct config_target *target,
		    const struct config_spec *spec)
{
	switch (target->probe) {
	case CONFIG_PROBE_AUTO:
		return config_is_probed(spec) && spec->port != CONFIG_PORT_ANY;
	case CONFIG_PROBE_OFF:
		return false;
	case CONFIG_PROBE_LIST:
		break;
	}
	for (size_t i = 0; i < target->probe_count; i++)
		if (config_probe_shows(target, &target->probes[i], spec))
			return true;
	return false;
}

static bool same_port(const struct config_spec *a, const struct config_spec *b)
{
	return a->port == b->port && streq(a->protocol, b->protocol);
}

/* The host is said where the same port of another is seen. */
static char *port_text(const struct config_target *target,
		       const struct config_spec *spec)
{
	bool tcp = streq(spec->protocol, "tcp"), several = false;
	char *host, *text, port[CONFIG_PORT_SIZE];

	for (size_t i = 0; i < target->spec_count; i++)
		several |= same_port(&target->specs[i], spec) &&
			   is_seen(target, &target->specs[i]);
	host = name_undotted(spec->host);
	text = xasprintf("%s%s%s%s%s", config_port_format(spec, port),
			 tcp ? "" : "/", tcp ? "" : spec->protocol,
			 several ? " of " : "", several ? host : "");
	free(host);
	return text;
}

char *config_unprobed(const struct config_target *target)
{
	struct texts ports = { .items = NULL };
	char *all;

	for (size_t i = 0; i < target->spec_count; i++) {
		const struct config_spec *spec = &target->specs[i];
		char *port;

		if (is_seen(target, spec))
			continue;
		port = port_text(target, spec);
		texts_add_once(&ports, port);
		free(port);
	}
	all = texts_join(&ports);
	texts_clear(&ports);
	return all;
}
