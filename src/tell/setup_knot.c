/* SPDX-License-Identifier: MIT */
#include "base/name.h"
#include "base/xalloc.h"
#include "tell/setup_print.h"

#include <stdio.h>
#include <stdlib.h>

#define CONF "/etc/knot/knot.conf"

static void print_key(const struct setup_key *key)
{
	char *maker = xasprintf("keymgr -t %s %s", key->name, key->algorithm);
	char *file = setup_key_made(key, SETUP_KNOT, maker);

	setup_piece(CONF ", before `acl` and `zone`");
	setup_note("The file is root's, and the group knot may read it (mode "
		   "0640).");
	printf("include: %s\n", file);
	free(file);
	free(maker);
}

static void print_zone(const struct setup *setup,
		       const struct setup_zone *zone)
{
	char *name = name_undotted(zone->name);

	setup_lacks(setup, zone, SETUP_KNOT);
	setup_piece(CONF ", before `zone`");
	printf("acl:\n"
	       "  - id: alnitak-%s\n"
	       "    key: %s\n"
	       "    action: update\n"
	       "    update-type: TLSA\n"
	       "    update-owner: name\n"
	       "    update-owner-match: equal\n",
	       name, setup->keys[zone->key].name);
	for (size_t i = 0; i < zone->owners.count; i++)
		printf("    update-owner-name: %s\n", zone->owners.items[i]);
	setup_piece(CONF ", in the item of `zone` with domain: %s",
		    name);
	setup_note("Beside another `acl` that stands there.");
	printf("    acl: alnitak-%s\n", name);
	free(name);
}

void setup_knot(const struct setup *setup)
{
	setup_part("Knot");
	for (size_t i = 0; i < setup->key_count; i++)
		if (setup_uses_key(setup, i, SETUP_KNOT))
			print_key(&setup->keys[i]);
	for (size_t i = 0; i < setup->zone_count; i++)
		if (setup_uses_zone(&setup->zones[i], SETUP_KNOT))
			print_zone(setup, &setup->zones[i]);
	setup_piece("as root, in a shell");
	puts("knotc conf-check && knotc reload");
}
