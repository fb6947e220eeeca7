/* SPDX-License-Identifier: MIT */
#include "tell/setup_print.h"

#include "base/xalloc.h"

#include <stdio.h>

#define SHELL "as root, in a shell"

static bool is_default(const struct setup *setup)
{
	return streq(setup->config->path, ALNITAK_CONF);
}

/* "alnitak WORDS", with the configuration where it is another. */
static void print_command(const struct setup *setup, const char *words)
{
	if (is_default(setup))
		printf("alnitak %s\n", words);
	else
		printf("alnitak -c %s %s\n", setup->config->path, words);
}

void setup_first_steps(const struct setup *setup)
{
	setup_part("Then: the links, and the first records");
	setup_piece(SHELL);
	setup_note("One after the other: is all there; make the links; publish "
		   "the records of today's certificates; is all well?");
	print_command(setup, "configtest");
	print_command(setup, "init");
	print_command(setup, "--wait=1m");
	print_command(setup, "check");
	setup_part("Then: the services");
	setup_note("A service that is in use, with the certificate that "
		   "certbot's links show, may be given these lines at once, "
		   "and be reloaded. One that is not in use yet, and whose "
		   "name and port have records already, only when `alnitak "
		   "status` says \"done\" or \"at rest\" for its "
		   "certificate. Then `alnitak check` looks whether they "
		   "present it.");
}

/* The hooks and units that are installed know one configuration. */
static void print_own_hooks(const struct setup *setup)
{
	const struct config *config = setup->config;

	if (config->path[0] != '/') {
		setup_note("Give -c an absolute path, and they are printed.");
		return;
	}
	printf("for h in pre deploy post; do\n"
	       "    printf '#!/bin/sh\\n[ -x %s ] || exit 0\\n"
	       "exec %s -c %s %%s\\n' $h |\n"
	       "        install -m 755 /dev/stdin "
	       "%s/renewal-hooks/$h/alnitak\n"
	       "done\n", ALNITAK_PROGRAM, ALNITAK_PROGRAM,
	       config->path, config->letsencrypt_directory);
	setup_piece("/etc/systemd/system/alnitak.service.d/override.conf");
	printf("[Service]\n"
	       "ExecStart=\n"
	       "ExecStart=%s -c %s run\n", ALNITAK_PROGRAM, config->path);
}

static void print_hooks(const struct setup *setup)
{
	if (!is_default(setup)) {
		print_own_hooks(setup);
		return;
	}
	printf("for h in pre deploy post; do\n"
	       "    install -m 755 " ALNITAK_CERTBOT "/$h-alnitak \\\n"
	       "        %s/renewal-hooks/$h/alnitak\n"
	       "done\n", setup->config->letsencrypt_directory);
}

void setup_certbot(const struct setup *setup)
{
	setup_part("Then: certbot's hooks, and the timer");
	setup_piece(SHELL);
	setup_note("certbot runs these at every renewal; where it has "
		   "--no-directory-hooks the timer alone does it.");
	print_hooks(setup);
	setup_piece(SHELL);
	setup_note("The timer carries rollovers on, and the path begins one as "
		   "soon as certbot is done.");
	puts("systemctl daemon-reload\n"
	     "systemctl enable --now alnitak.timer alnitak.path");
}
