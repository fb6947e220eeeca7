/* SPDX-License-Identifier: MIT */
#include "base/xalloc.h"
#include "tell/setup_print.h"

#include <stdio.h>

struct place {
	const char *directory;	/* the only one that SERVER may read in */
	const char *group;
	const char *program, *form;
};

/* PowerDNS has its keys in a database. */
static const struct place places[] = {
	/* Debian's AppArmor profile lets named read nowhere else. */
	[SETUP_BIND] = { "/etc/bind/", "bind", "named", "tsig-keygen" },
	[SETUP_KNOT] = { "/etc/knot/", "knot", "knotd", "`keymgr -t`" },
};

static void print_maker(const struct setup_key *key,
			enum setup_server server, const char *maker,
			bool readable)
{
	const char *file = setup_key_file(key, server);

	setup_note("A key for the records and for nothing else. Where %s "
		   "runs on another host, make it here and copy the file to "
		   "there.", places[server].program);
	printf("%s | install -m ", maker);
	if (readable)
		printf("640 -g %s", places[server].group);
	else
		printf("600");
	printf(" /dev/stdin %s\n", file);
}

char *setup_key_made(const struct setup_key *key, enum setup_server server,
		     const char *maker)
{
	const char *file = setup_key_file(key, server);
	const struct place *place = &places[server];
	bool readable = strncmp(file, place->directory,
				strlen(place->directory)) == 0;
	char *path = readable ? xstrdup(file) :
		     xasprintf("%s%s", place->directory,
			       strrchr(file, '/') + 1);

	setup_piece("as root, in a shell");
	if (key->made)
		setup_note("The key %s (%s) is in %s; %s wants it in the form "
			   "of %s.", key->name, key->algorithm, file,
			   place->program, place->form);
	else
		print_maker(key, server, maker, readable);
	if (!readable)
		printf("install -m 640 -g %s %s %s\n", place->group, file,
		       path);
	else if (key->made)
		printf("chown root:%s %s && chmod 640 %s\n", place->group,
		       file, file);
	return path;
}
