/* SPDX-License-Identifier: MIT */
#include "base/name.h"
#include "base/xalloc.h"
#include "tell/setup_print.h"

#include <stdio.h>
#include <stdlib.h>

#define SCRIPT "/etc/powerdns/alnitak.lua"
#define SHELL "as root, in a shell, where PowerDNS runs"

static void print_settings(void)
{
	setup_piece("/etc/powerdns/pdns.d/alnitak.conf");
	puts("dnsupdate=yes\n"
	     "primary=yes\n"
	     "lua-dnsupdate-policy-script=" SCRIPT);
}

/* It is in the database; alnitak reads what pdnsutil lists. */
static void print_key(const struct setup_key *key)
{
	const char *file = setup_key_file(key, SETUP_POWERDNS);

	setup_piece(SHELL);
	if (key->made) {
		setup_note("The key %s (%s) is in %s. Where `pdnsutil "
			   "list-tsig-keys` does not show it, add it with "
			   "`pdnsutil import-tsig-key %s %s SECRET`.",
			   key->name, key->algorithm, file, key->name,
			   key->algorithm);
		return;
	}
	setup_note("A key for the records and for nothing else, and a copy of "
		   "it for alnitak.");
	printf("pdnsutil generate-tsig-key %s %s > /dev/null\n"
	       "pdnsutil list-tsig-keys | awk '$1 == \"%s.\"' |\n"
	       "    install -m 600 /dev/stdin %s\n",
	       key->name, key->algorithm, key->name, file);
}

/* The addresses that updates come from. */
static void print_sources(const struct config *config)
{
	char text[ADDRESS_TEXT_MAX];
	bool any = false;

	for (int i = 0; i < 2; i++) {
		if (!config->sources[i].family)
			continue;
		printf(" %s", address_format(&config->sources[i], text));
		any = true;
	}
	puts(any ? "" : " 127.0.0.0/8 ::1");
}

static void print_zone(const struct setup *setup,
		       const struct setup_zone *zone)
{
	char *name = name_undotted(zone->name);

	setup_lacks(setup, zone, SETUP_POWERDNS);
	setup_piece(SHELL);
	setup_note("Another host that alnitak runs on goes beside or in place "
		   "of these addresses.");
	printf("pdnsutil set-meta %s TSIG-ALLOW-DNSUPDATE %s\n"
	       "pdnsutil set-meta %s NOTIFY-DNSUPDATE 1\n"
	       "pdnsutil set-meta %s ALLOW-DNSUPDATE-FROM", name,
	       setup->keys[zone->key].name, name, name);
	print_sources(setup->config);
	free(name);
}

static void print_rules(const struct setup *setup,
			const struct setup_zone *zone)
{
	for (size_t i = 0; i < zone->owners.count; i++)
		printf("    [\"%s. %s\"] = true,\n",
		       setup->keys[zone->key].name, zone->owners.items[i]);
}

/* 52 is TLSA; a deletion of all records of a name has another type. */
static void print_script(const struct setup *setup)
{
	setup_piece(SCRIPT);
	puts("-- Without this script PowerDNS lets the key change all of the "
	     "zone. With it the\n"
	     "-- script alone decides about every update of every zone: what "
	     "others may change\n"
	     "-- here must be allowed in it, too. A change that is not allowed "
	     "is passed over,\n"
	     "-- and the log says so.\n"
	     "local allowed = {");
	for (size_t i = 0; i < setup->zone_count; i++)
		if (setup_uses_zone(&setup->zones[i], SETUP_POWERDNS))
			print_rules(setup, &setup->zones[i]);
	puts("}\n"
	     "function updatepolicy(input)\n"
	     "    local rule = input:getTsigName():toString() .. \" \" ..\n"
	     "        input:getQName():toString()\n"
	     "    return input:getQType() == 52 and\n"
	     "        allowed[rule:lower()] == true\n"
	     "end");
}

void setup_powerdns(const struct setup *setup)
{
	setup_part("PowerDNS");
	print_settings();
	for (size_t i = 0; i < setup->key_count; i++)
		if (setup_uses_key(setup, i, SETUP_POWERDNS))
			print_key(&setup->keys[i]);
	for (size_t i = 0; i < setup->zone_count; i++)
		if (setup_uses_zone(&setup->zones[i], SETUP_POWERDNS))
			print_zone(setup, &setup->zones[i]);
	print_script(setup);
	setup_piece(SHELL);
	puts("systemctl restart pdns");
}
