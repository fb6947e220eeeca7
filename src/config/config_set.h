/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/config.h"
#include "config/config_scan.h"

/*
 * How the values of one key get into their field: what config.c's table of
 * keys names for each. A fault is reported with the line of its value.
 */
struct config_setting;
typedef void config_setter(const struct config_setting *setting);

/* One key of the grammar. */
struct config_row {
	enum config_scope scope;
	const char *name;
	bool is_list;
	const char *fallback;
	config_setter *set;
	size_t offset;			/* of the field in the object */
	size_t count_offset;		/* lists of addresses */
	unsigned minimum, maximum;	/* numbers */
};

/* .. of one section, with what is needed to set its field. */
struct config_setting {
	const struct config_row *row;
	const char **values;		/* the only one may be NULL: none */
	size_t count;
	const struct config_scan_section *section;
	struct config_faults *faults;
	void *object;			/* struct config, config_zone or
					   config_target */
};

/* Sets the field, after a look at the octets of each value. */
void config_set(const struct config_setting *setting);

config_setter config_set_bool;		/* yes or no */
config_setter config_set_number;	/* from MINIMUM to MAXIMUM */
config_setter config_set_path;		/* absolute; kept without slashes at its
					   end */
config_setter config_set_text;		/* an empty one is as good as none */
config_setter config_set_addresses;	/* a list */
config_setter config_set_ignored;	/* a list, of prefix.h; not all of
					   both families */
config_setter config_set_outside;	/* the same, OUTSIDE_MAX at most */
config_setter config_set_sources;	/* two addresses without a port, one of
					   each family at most */
config_setter config_set_program;	/* NULL-terminated, as config_values.h
					   has it; an empty text: none */

config_setter config_set_files;		/* a list of words; where it is not
					   given, all for SCOPE_GLOBAL, and 0
					   for a target */

/* These know their field. */
config_setter config_set_dnssec;
config_setter config_set_primaries;
config_setter config_set_signing;
config_setter config_set_specs;
config_setter config_set_probes;
config_setter config_set_linger;
config_setter config_set_wildcard;
config_setter config_set_api;
