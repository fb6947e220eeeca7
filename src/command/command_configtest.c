/* SPDX-License-Identifier: MIT */
#include "command/options.h"

#include "act/exec.h"
#include "act/reload.h"
#include "base/bounds.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "command/advice.h"
#include "command/rights.h"
#include "command/services.h"
#include "config/keyring.h"
#include "disk/lineage_place.h"
#include "tell/forecast_text.h"

#include <stdio.h>
#include <stdlib.h>

static bool test_directory(struct world *world, const char *what,
			   const char *path)
{
	int dir = world->dir_open(world, WORLD_CWD, path);

	if (dir >= 0) {
		world->dir_close(world, dir);
		return true;
	}
	log_error("%s %s: %s", what, path, strerror(-dir));
	return false;
}

static bool test_key(struct world *world, struct keyring *keyring,
		     const char *path)
{
	const struct keyring_entry *entry;

	if (!path)
		return true;
	entry = keyring_find(keyring, world, path);
	if (!entry->key)
		log_error("%s", entry->detail);
	return entry->key;
}

static bool test_keys(struct world *world, const struct config *config)
{
	struct keyring keyring = { 0 };
	bool ok = test_key(world, &keyring, config->key);

	for (size_t i = 0; i < config->zone_count; i++)
		ok &= test_key(world, &keyring, config->zones[i].key);
	keyring_clear(&keyring);
	return ok;
}

/* Can every configured record be made from this chain? */
static bool test_records(const struct config_target *target,
			 const struct chain *chain)
{
	bool ok = true;

	for (size_t i = 0; i < target->spec_count; i++) {
		const struct config_spec *spec = &target->specs[i];
		char *fault = tlsa_fault(chain, spec->params);

		if (fault)
			log_error("%s: %s: no record: %s", target->name,
				  spec->owner, fault);
		ok &= !fault;
		free(fault);
	}
	return ok;
}

/* May the user that is to run the program do so? */
static char *program_fault(struct world *world, const char *path,
			   const char *user)
{
	const char *const arguments[] = { "/usr/bin/test", "-f", path, "-a",
					  "-x", path, NULL };
	const char *const environment[] = { NULL };
	struct program program = { .arguments = arguments,
				   .environment = environment,
				   .timeout_ms = EXEC_TIMEOUT_MS,
				   .user = user };
	char *fault = exec_fault(world, path, user);

	if (fault)
		return fault;
	world->execute(world, &program);
	free(program.output);
	if (program.error)
		return xasprintf("cannot run it as %s: %s", user ? user : "us",
				 program.error == EINVAL ? "no such user" :
				 strerror(program.error));
	return program.status == 0 ? NULL :
	       xasprintf("is no file that %s can execute", user ? user :
			 "alnitak");
}

static bool test_program(struct world *world,
			 const struct config_target *target)
{
	char *fault;

	if (target->api != API_EXEC)
		return true;
	fault = program_fault(world, target->exec_arguments[0],
			      target->exec_user);
	if (fault)
		log_error("%s: program %s: %s", target->name,
			  target->exec_arguments[0], fault);
	free(fault);
	return !fault;
}

static bool test_reload(struct world *world,
			const struct config_target *target)
{
	char *fault = reload_fault(world, target->reload);

	if (!fault)
		return true;
	log_error("%s: reload \"%s\": %s", target->name, target->reload,
		  fault);
	free(fault);
	return false;
}

static bool test_notify(struct world *world, const struct config *config)
{
	char *fault;

	if (!config->notify)
		return true;
	fault = program_fault(world, config->notify[0], config->notify_user);
	if (fault)
		log_error("notify: program %s: %s", config->notify[0], fault);
	free(fault);
	return !fault;
}

/* Hardly meant so, but not wrong: TTLs in DNS may be lower. */
static void test_time(const struct config *config,
		      const struct config_target *target,
		      const struct chain *chain)
{
	struct forecast_terms terms = forecast_terms_of(config, target, chain);
	struct forecast forecast = forecast_reckon(&terms);
	char *text = forecast_text(&terms, &forecast);

	if (forecast.verdict != FORECAST_FITS)
		log_warning("%s: %s", target->name, text);
	free(text);
}

static bool test_target(struct world *world, const struct config *config,
			const struct links_places *places,
			const struct config_target *target,
			struct texts *folders)
{
	const struct lineage lineage = { world, places, target->name, NULL };
	struct chain *chain = NULL;
	char *detail = NULL, *renewal = lineage_renewal_fault(&lineage);
	unsigned number;
	enum version_error error = lineage_load_live(&lineage, &chain,
						     &number, &detail);
	bool ok = error == VERSION_OK;

	if (ok) {
		ok = test_records(target, chain);
		ok &= rights_test_lineage(&lineage, folders);
		test_time(config, target, chain);
	} else
		log_error("%s: no usable lineage live/%s: %s%s%s",
			  target->name, target->name,
			  version_error_text(error), detail ? ": " : "",
			  detail ? detail : "");
	if (renewal)
		log_warning("%s: %s", target->name, renewal);
	free(renewal);
	free(detail);
	chain_free(chain);
	return ok;
}

static bool test_targets(struct world *world, const struct config *config)
{
	const struct links_places places = {
		.letsencrypt_path = config->letsencrypt_directory,
		.dane_path = config->dane_directory,
		.state_path = config->state_directory,
		.letsencrypt = world->dir_open(world, WORLD_CWD,
					       config->letsencrypt_directory),
		.dane = world->dir_open(world, WORLD_CWD,
					config->dane_directory),
		.state = -1,
	};
	struct texts folders = { .items = NULL };
	bool ok = places.letsencrypt >= 0;

	for (size_t i = 0; places.letsencrypt >= 0 &&
			   i < config->target_count; i++)
		ok &= test_target(world, config, &places,
				  &config->targets[i], &folders);
	texts_clear(&folders);
	if (places.letsencrypt >= 0)
		world->dir_close(world, places.letsencrypt);
	if (places.dane >= 0)
		world->dir_close(world, places.dane);
	return ok;
}

static bool test_sources(struct world *world, const struct config *config)
{
	bool ok = true;

	for (int i = 0; i < 2; i++) {
		const struct address *source = &config->sources[i];
		char text[ADDRESS_TEXT_MAX];
		int error = source->family ? world->source_test(world, source) :
					     0;

		if (error)
			log_error("source_address: %s: nothing can be asked "
				  "from there: %s; name an address of this "
				  "host", address_format(source, text),
				  strerror(-error));
		ok &= !error;
	}
	return ok;
}

enum exit_status command_configtest(struct world *world,
				    const struct config *config,
				    const struct options *options)
{
	bool ok = test_directory(world, "letsencrypt_directory",
				 config->letsencrypt_directory);

	ok &= rights_test(world, config);
	ok &= test_keys(world, config);
	ok &= test_sources(world, config);
	ok &= test_notify(world, config);
	for (size_t i = 0; i < config->target_count; i++)
		ok &= test_program(world, &config->targets[i]);
	for (size_t i = 0; i < config->target_count; i++)
		ok &= test_reload(world, &config->targets[i]);
	ok &= test_targets(world, config);
	advice_give(world, config);
	/* What is wrong here may be why they present what they do. */
	if (ok)
		ok = services_test(world, config, &options->command->calling);
	if (ok)
		printf("%s: good; %zu target%s\n", config->path,
		       config->target_count,
		       config->target_count == 1 ? "" : "s");
	return ok ? EXIT_DONE : EXIT_CONFIG;
}
