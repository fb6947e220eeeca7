/* SPDX-License-Identifier: MIT */
#include "base/name.h"
#include "base/xalloc.h"
#include "tell/setup_print.h"

#include <stdio.h>
#include <stdlib.h>

#define CONF "/etc/bind/named.conf.local"

static void print_key(const struct setup_key *key)
{
	char *maker = xasprintf("tsig-keygen -a %s %s", key->algorithm,
				key->name);
	char *file = setup_key_made(key, SETUP_BIND, maker);

	setup_piece(CONF);
	setup_note("The file is root's, and the group bind may read it (mode "
		   "0640).");
	printf("include \"%s\";\n", file);
	free(file);
	free(maker);
}

static void print_zone(const struct setup *setup,
		       const struct setup_zone *zone)
{
	char *name = name_undotted(zone->name);

	setup_lacks(setup, zone, SETUP_BIND);
	setup_piece(CONF ", in the clause zone \"%s\"", name);
	setup_note("In place of `allow-update`, or beside the grants that are "
		   "there. The zone's file is where named may write, as in "
		   "/var/lib/bind.");
	puts("update-policy {");
	for (size_t i = 0; i < zone->owners.count; i++)
		printf("\tgrant %s name %s TLSA;\n",
		       setup->keys[zone->key].name, zone->owners.items[i]);
	puts("};");
	free(name);
}

void setup_bind(const struct setup *setup)
{
	setup_part("BIND");
	for (size_t i = 0; i < setup->key_count; i++)
		if (setup_uses_key(setup, i, SETUP_BIND))
			print_key(&setup->keys[i]);
	for (size_t i = 0; i < setup->zone_count; i++)
		if (setup_uses_zone(&setup->zones[i], SETUP_BIND))
			print_zone(setup, &setup->zones[i]);
	setup_piece("as root, in a shell");
	puts("named-checkconf && rndc reconfig");
}
