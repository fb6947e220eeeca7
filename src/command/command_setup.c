/* SPDX-License-Identifier: MIT */
#include "base/log.h"
#include "base/xalloc.h"
#include "command/names.h"
#include "tell/setup_print.h"

#include <stdio.h>
#include <stdlib.h>

/* Paths stand in everything that is printed. */
static bool test_paths(const struct config *config)
{
	const char *paths[] = { config->path, config->dane_directory,
				config->letsencrypt_directory };
	bool ok = true;

	for (int i = 0; i < 3; i++) {
		if (setup_is_plain(paths[i]))
			continue;
		log_error("setup: %s: nothing can be printed with this path: "
			  "it may have no other characters than letters, "
			  "digits and \"._/+-\"", paths[i]);
		ok = false;
	}
	return ok;
}

/* What to begin with. */
static void print_first_target(const struct config *config)
{
	setup_piece("%s", config->path);
	setup_note("There is no target yet. Write one for each name that "
		   "`certbot certificates` shows, with the ports of its "
		   "services, and run this again.");
	puts("zone \"example.com\" {\n"
	     "\tkey = \"/etc/bind/alnitak.key\"\n"
	     "}\n"
	     "target \"mail.example.com\" {\n"
	     "\ttlsa = { \"311 25\" }\n"
	     "\treload = \"systemctl reload postfix\"\n"
	     "}");
}

/* OK: nothing was left out. */
static void print_servers(const struct setup *setup, bool ok)
{
	static void (*const print[SETUP_SERVERS])(const struct setup *) = {
		[SETUP_BIND] = setup_bind, [SETUP_KNOT] = setup_knot,
		[SETUP_POWERDNS] = setup_powerdns,
	};
	unsigned count = 0;

	for (int i = 0; i < SETUP_SERVERS; i++)
		count += setup_uses(setup, (enum setup_server)i);
	if (count > 1 && !setup->wish.servers)
		setup_note("For each kind of name server: take the one that "
			   "you have. --server=bind (knot, powerdns) prints "
			   "that alone.");
	for (int i = 0; i < SETUP_SERVERS; i++)
		if (setup_uses(setup, (enum setup_server)i))
			print[i](setup);
	if (!count && ok)
		setup_note("Programs publish all records: no name server has "
			   "to be told anything.");
}

static bool print_services(const struct setup *setup,
			   const struct config_target *target)
{
	char *directory;

	if (!setup_is_plain(target->name)) {
		log_error("setup: target \"%s\" is left out: its name has "
			  "characters that mean something else in other "
			  "configurations", target->name);
		return false;
	}
	directory = xasprintf("%s/%s", setup->config->dane_directory,
			      target->name);
	setup_services(setup, target, directory);
	free(directory);
	return true;
}

static bool print_all(const struct setup *setup, bool ok)
{
	const struct config *config = setup->config;

	setup_note("What %s wants of others, ready to paste. \"# ----\" begins "
		   "each piece and says where it goes.", config->path);
	if (!setup->wish.services || setup->wish.servers)
		print_servers(setup, ok);
	if (setup->wish.servers && !setup->wish.services)
		return ok;
	if (!setup->wish.services)
		setup_first_steps(setup);
	for (size_t i = 0; i < config->target_count; i++)
		if (setup_wants(setup, &config->targets[i]))
			ok &= print_services(setup, &config->targets[i]);
	if (!setup->wish.services)
		setup_certbot(setup);
	return ok;
}

enum exit_status command_setup(struct world *world,
			       const struct config *config,
			       const struct options *options)
{
	const struct setup_wish wish = {
		.servers = options->servers, .services = options->services,
		.names = options->arguments,
		.name_count = options->argument_count,
	};
	struct setup setup;
	bool ok;

	if (!names_are_known(config, options) || !test_paths(config))
		return EXIT_FAILED;
	if (!config->target_count) {
		print_first_target(config);
		return EXIT_DONE;
	}
	ok = print_all(&setup, setup_open(&setup, world, config, &wish));
	setup_clear(&setup);
	return ok ? EXIT_DONE : EXIT_FAILED;
}
