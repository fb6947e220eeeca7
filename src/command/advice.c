/* SPDX-License-Identifier: MIT */
#include "command/advice.h"

#include "act/units.h"
#include "base/log.h"
#include "base/name.h"
#include "dns/resolver.h"

#include <stdlib.h>

static void advise_targets(const struct config *config)
{
	if (config->target_count == 0)
		log_warning("%s: no target, so nothing is done; add a section "
			    "target for each certificate", config->path);
	for (size_t i = 0; i < config->target_count; i++)
		if (!config->targets[i].reload)
			log_warning("%s: no reload: its services go on with "
				    "the old certificate until somebody else "
				    "reloads them, and its records stay; name "
				    "a command", config->targets[i].name);
}

static void advise_units_of(const struct config_target *target,
			    const struct texts *unknown)
{
	struct texts units = { .items = NULL };

	units_named(target->reload, &units);
	for (size_t i = 0; i < units.count; i++)
		if (texts_has(unknown, units.items[i]))
			log_warning("%s: reload \"%s\": systemd has no unit "
				    "%s that it could reload; systemctl "
				    "list-units has the names of those that "
				    "run", target->name, target->reload,
				    units.items[i]);
	texts_clear(&units);
}

static void advise_units(struct world *world, const struct config *config)
{
	struct texts units = { .items = NULL }, unknown = { .items = NULL };

	for (size_t i = 0; i < config->target_count; i++)
		units_named(config->targets[i].reload, &units);
	units_find_unknown(world, &units, &unknown);
	for (size_t i = 0; i < config->target_count; i++)
		advise_units_of(&config->targets[i], &unknown);
	texts_clear(&unknown);
	texts_clear(&units);
}

/* The first record of TARGET that could not be published, or NULL. */
static const char *owner_without_key(const struct config *config,
				     const struct config_target *target)
{
	for (size_t i = 0; i < target->spec_count; i++) {
		const char *owner = target->specs[i].owner;

		if (!config_zone_key(config,
				     config_nearest_zone(config, owner)))
			return owner;
	}
	return NULL;
}

static void advise_keys(const struct config *config)
{
	for (size_t i = 0; i < config->target_count; i++) {
		const struct config_target *target = &config->targets[i];
		const char *owner = target->api == API_EXEC ? NULL :
				    owner_without_key(config, target);

		if (owner)
			log_warning("%s: no key to update %s with; name one in "
				    "the section of its zone, or one for all "
				    "zones", target->name, owner);
	}
}

static bool is_used(const struct config *config, const char *zone)
{
	for (size_t i = 0; i < config->target_count; i++) {
		const struct config_target *target = &config->targets[i];

		for (size_t j = 0; j < target->spec_count; j++)
			if (name_is_within(target->specs[j].owner, zone))
				return true;
	}
	return false;
}

static void advise_zones(const struct config *config)
{
	for (size_t i = 0; i < config->zone_count; i++)
		if (config->target_count && !is_used(config,
						     config->zones[i].name))
			log_warning("zone %s: no target has a record there, "
				    "so this section is of use only where "
				    "an alias leads into it",
				    config->zones[i].name);
}

static void advise_resolvers(struct world *world, const struct config *config)
{
	char *warning = resolvers_warning(world, config);

	if (warning)
		log_warning("%s", warning);
	free(warning);
}

/* A directory may be empty today. */
static void advise_includes(const struct config *config)
{
	for (size_t i = 0; i < config->unmatched.count; i++)
		log_warning("%s", config->unmatched.items[i]);
}

void advice_give(struct world *world, const struct config *config)
{
	advise_includes(config);
	advise_targets(config);
	advise_units(world, config);
	advise_keys(config);
	advise_zones(config);
	advise_resolvers(world, config);
}
