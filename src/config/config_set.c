/* SPDX-License-Identifier: MIT */
#include "config/config_set.h"

#include "base/bounds.h"
#include "base/dns.h"
#include "base/pem_kind.h"
#include "base/xalloc.h"
#include "config/config_check.h"
#include "config/config_values.h"

#include <stdlib.h>
#include <strings.h>

static const char *value_of(const struct config_setting *setting)
{
	return setting->count ? setting->values[0] : NULL;
}

static void *field_at(const struct config_setting *setting, size_t offset)
{
	return (char *)setting->object + offset;
}

/* Reports FAULT, if there is one, about the value at INDEX; frees it. */
static bool value_fault(const struct config_setting *setting, size_t index,
			char *fault)
{
	const char *name = setting->row->name;

	if (!fault)
		return false;
	config_fault(setting->faults,
		     config_scan_value_line(setting->section, name, index),
		     "%s: %s", name, fault);
	free(fault);
	return true;
}

static bool is_word(const char *text, const char *const words[3])
{
	for (int i = 0; i < 3; i++)
		if (strcasecmp(text, words[i]) == 0)
			return true;
	return false;
}

void config_set_bool(const struct config_setting *setting)
{
	const char *text = value_of(setting);
	bool is_yes = is_word(text, (const char *const[]){ "yes", "true",
							   "on" });

	if (!is_yes && !is_word(text, (const char *const[]){ "no", "false",
							     "off" }))
		value_fault(setting, 0, xasprintf("\"%s\" is neither yes nor "
						  "no", text));
	*(bool *)field_at(setting, setting->row->offset) = is_yes;
}

void config_set_number(const struct config_setting *setting)
{
	const struct config_row *row = setting->row;
	const char *text = value_of(setting);
	size_t digits = strspn(text, "0123456789");
	unsigned long value = 0;

	if (digits && digits <= 9 && !text[digits])
		value = strtoul(text, NULL, 10);
	else
		digits = 0;
	if (!digits || value < row->minimum || value > row->maximum)
		value_fault(setting, 0,
			    xasprintf("\"%s\" is no whole number from %u to "
				      "%u", text, row->minimum, row->maximum));
	*(unsigned *)field_at(setting, row->offset) = (unsigned)value;
}

void config_set_path(const struct config_setting *setting)
{
	char **field = field_at(setting, setting->row->offset);
	const char *text = value_of(setting);
	size_t size;

	if (!text)
		return;
	if (text[0] != '/')
		value_fault(setting, 0, xasprintf("\"%s\" is no absolute path",
						  text));
	for (size = strlen(text); size > 1 && text[size - 1] == '/'; size--)
		;
	*field = xstrndup(text, size);
}

void config_set_text(const struct config_setting *setting)
{
	char **field = field_at(setting, setting->row->offset);
	const char *text = value_of(setting);

	*field = text && *text ? xstrdup(text) : NULL;
}

void config_set_addresses(const struct config_setting *setting)
{
	struct address **addresses = field_at(setting, setting->row->offset);
	size_t *count = field_at(setting, setting->row->count_offset);
	struct address address;

	for (size_t i = 0; i < setting->count; i++) {
		const char *text = setting->values[i];

		if (address_parse(text, PORT_DNS, &address))
			*array_push(*addresses, *count) = address;
		else
			value_fault(setting, i,
				    xasprintf("\"%s\" is neither ADDRESS nor "
					      "[ADDRESS]:PORT", text));
	}
}

/* One entry of `ignore`; NULL, or what is wrong. */
static char *add_ignored(const char *text, struct config_zone *zone)
{
	char shown[PREFIX_TEXT_MAX];
	struct prefix prefix;

	switch (prefix_parse(text, PORT_DNS, &prefix)) {
	case PREFIX_OK:
		*array_push(zone->ignore, zone->ignore_count) = prefix;
		return NULL;
	case PREFIX_HOST_BITS:
		return xasprintf("\"%s\" is more than a prefix: \"%s\", or the "
				 "address alone?", text,
				 prefix_format(&prefix, shown));
	case PREFIX_NONE:
		break;
	}
	return xasprintf("\"%s\" is neither ADDRESS, [ADDRESS]:PORT, "
			 "ADDRESS/BITS, \"ipv4\" nor \"ipv6\"", text);
}

static bool ignores_family(const struct config_zone *zone, uint8_t family)
{
	for (size_t i = 0; i < zone->ignore_count; i++)
		if (prefix_is_family(&zone->ignore[i]) &&
		    zone->ignore[i].address.family == family)
			return true;
	return false;
}

void config_set_ignored(const struct config_setting *setting)
{
	struct config_zone *zone = setting->object;
	bool all = false;

	for (size_t i = 0; i < setting->count; i++) {
		value_fault(setting, i,
			    add_ignored(setting->values[i], zone));
		if (!all && ignores_family(zone, 4) && ignores_family(zone, 6))
			all = value_fault(setting, i, xasprintf("with both "
				"families nobody is left to be asked"));
	}
}

void config_set_outside(const struct config_setting *setting)
{
	config_set_addresses(setting);
	if (setting->count > OUTSIDE_MAX)
		value_fault(setting, OUTSIDE_MAX,
			    xasprintf("has more than %d addresses",
				      OUTSIDE_MAX));
}

static char *add_source(const char *text, struct address sources[2])
{
	struct address address, *source;

	if (!address_parse(text, 0, &address) || address.port)
		return xasprintf("\"%s\" is no address; a port is not chosen",
				 text);
	source = &sources[address.family == 6];
	if (source->family)
		return xasprintf("\"%s\" is the second address of IPv%u", text,
				 address.family);
	*source = address;
	return NULL;
}

void config_set_sources(const struct config_setting *setting)
{
	struct address *sources = field_at(setting, setting->row->offset);

	for (size_t i = 0; i < setting->count; i++)
		value_fault(setting, i,
			    add_source(setting->values[i], sources));
}

void config_set_program(const struct config_setting *setting)
{
	char ***field = field_at(setting, setting->row->offset);
	const char *text = value_of(setting);

	if (text && *text)
		value_fault(setting, 0, config_program_parse(text, field));
}

/* One of two words: the field becomes true for YES. */
static void set_word(const struct config_setting *setting, const char *yes,
		     const char *no)
{
	const char *text = value_of(setting);
	bool is_yes = streq(text, yes);

	if (!is_yes && !streq(text, no))
		value_fault(setting, 0, xasprintf("\"%s\" is neither \"%s\" "
						  "nor \"%s\"", text, yes, no));
	*(bool *)field_at(setting, setting->row->offset) = is_yes;
}

void config_set_dnssec(const struct config_setting *setting)
{
	set_word(setting, "require", "off");
}

void config_set_wildcard(const struct config_setting *setting)
{
	set_word(setting, "allow", "refuse");
}

void config_set_primaries(const struct config_setting *setting)
{
	struct config_zone *zone = setting->object;

	for (size_t i = 0; i < setting->count; i++) {
		const char *text = setting->values[i];

		if (i == PRIMARIES_MAX)
			value_fault(setting, i, xasprintf("more than %d "
							  "servers",
							  PRIMARIES_MAX));
		else if (i < PRIMARIES_MAX &&
			 !value_fault(setting, i, config_primary_check(text)))
			*array_push(zone->primaries, zone->primary_count) =
				xstrdup(text);
	}
}

void config_set_signing(const struct config_setting *setting)
{
	static const char *const words[] = {
		[SIGNING_AUTO] = "auto", [SIGNING_ALWAYS] = "yes",
		[SIGNING_NEVER] = "no",
	};
	struct config_zone *zone = setting->object;
	const char *text = value_of(setting);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (streq(text, words[i])) {
			zone->signing = (enum config_signing)i;
			return;
		}
	value_fault(setting, 0, xasprintf("\"%s\" is none of \"auto\", "
					  "\"yes\" and \"no\"", text));
}

/* ---- Which links are made ---------------------------------------------- */

static int find_kind(const char *word)
{
	for (int kind = 0; kind < PEM_LINKS; kind++)
		if (streq(pem_kind_names[kind], word))
			return kind;
	return -1;
}

static char *add_file(const char *word, unsigned *files)
{
	int kind = find_kind(word);

	if (kind < 0)
		return xasprintf("\"%s\" is none of cert, chain, fullchain, "
				 "privkey and combined", word);
	if (*files & PEM_BIT(kind))
		return xasprintf("\"%s\" is there twice", word);
	*files |= PEM_BIT(kind);
	return NULL;
}

void config_set_files(const struct config_setting *setting)
{
	unsigned *files = field_at(setting, setting->row->offset);
	bool given = config_scan_has(setting->section, setting->row->name);

	if (!given && setting->row->scope == SCOPE_GLOBAL)
		*files = PEM_ALL_LINKS;
	if (given && setting->count == 0 && !setting->section->cut)
		value_fault(setting, 0, xasprintf("is an empty list; services "
						  "need one file at least"));
	for (size_t i = 0; i < setting->count; i++)
		value_fault(setting, i, add_file(setting->values[i], files));
}

/* ---- The keys of a target ---------------------------------------------- */

void config_set_specs(const struct config_setting *setting)
{
	struct config_target *target = setting->object;
	size_t count = setting->count;

	for (size_t i = 0; i < count; i++) {
		struct config_spec *spec = array_push(target->specs,
						      target->spec_count);

		value_fault(setting, i,
			    config_spec_parse(setting->values[i],
					      setting->section->title, spec));
	}
	if (count == 0 && !setting->section->cut)
		value_fault(setting, 0, xasprintf("target \"%s\" has no "
						  "record", target->name));
	config_check_specs(target, setting->section, setting->faults);
}

void config_set_probes(const struct config_setting *setting)
{
	struct config_target *target = setting->object;
	size_t count = setting->count;
	bool given = config_scan_has(setting->section, setting->row->name);

	target->probe = CONFIG_PROBE_LIST;
	if (!given || (count == 1 && streq(setting->values[0], "auto")))
		target->probe = CONFIG_PROBE_AUTO;
	else if (count == 1 && streq(setting->values[0], "off"))
		target->probe = CONFIG_PROBE_OFF;
	else if (count == 0)
		value_fault(setting, 0, xasprintf("is an empty list; \"off\" "
						  "means no proof"));
	if (target->probe != CONFIG_PROBE_LIST)
		return;
	for (size_t i = 0; i < count; i++) {
		struct config_probe *probe = array_push(target->probes,
							target->probe_count);

		value_fault(setting, i,
			    config_probe_parse(setting->values[i], probe));
	}
}

void config_set_linger(const struct config_setting *setting)
{
	struct config_target *target = setting->object;

	config_set_number(setting);
	target->linger_given = config_scan_has(setting->section,
					       setting->row->name);
}

void config_set_api(const struct config_setting *setting)
{
	value_fault(setting, 0, config_api_parse(value_of(setting),
						 setting->object));
}

void config_set(const struct config_setting *setting)
{
	for (size_t i = 0; i < setting->count; i++)
		value_fault(setting, i, config_text_fault(setting->values[i]));
	setting->row->set(setting);
}
