/* SPDX-License-Identifier: MIT */
#include "base/log.h"
#include "base/name.h"
#include "base/text.h"
#include "config/config.h"
#include "disk/lineage.h"
#include "fuzz.h"

#include <stdio.h>

/* Configuration files. */
const char fuzz_corpus[] = "config";

/* No environment variable has a way into the configuration. */
#define VARIABLE "ALNITAK_FUZZ"
#define VALUE "from-the-environment"

/* ---- Writing one ------------------------------------------------------- */

static void write_text(FILE *stream, const char *text)
{
	fputc('\'', stream);
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			fputc('\\', stream);
		fputc(*text, stream);
	}
	fputc('\'', stream);
}

static void write_optional(FILE *stream, const char *key, const char *text)
{
	if (!text)
		return;
	fprintf(stream, "%s = ", key);
	write_text(stream, text);
	fputc('\n', stream);
}

static void write_addresses(FILE *stream, const char *key,
			    const struct address *addresses, size_t count)
{
	char text[ADDRESS_TEXT_MAX];

	fprintf(stream, "%s = {", key);
	for (size_t i = 0; i < count; i++)
		fprintf(stream, "%s\"%s\"", i ? ", " : "",
			address_format(&addresses[i], text));
	fputs("}\n", stream);
}

static const char *yes_or_no(bool value)
{
	return value ? "yes" : "no";
}

/* Titles have no escapes: it has at most one kind of quotes in it. */
static void write_title(FILE *stream, const char *kind, const char *title)
{
	char quote = strchr(title, '\'') ? '"' : '\'';

	invariant(!strchr(title, quote) && !strchr(title, '\\'));
	fprintf(stream, "%s %c%s%c {\n", kind, quote, title, quote);
}

/* The title that a canonical name came from: \; and \059 are ; in it. */
static char *unescape(const char *name)
{
	char *title = xcalloc(strlen(name) + 1, 1), *end = title;

	for (; *name; name++) {
		if (*name == '\\' && name[1] >= '0' && name[1] <= '9') {
			*end++ = (char)((name[1] - '0') * 100 +
					(name[2] - '0') * 10 + name[3] - '0');
			name += 3;
		} else if (*name != '\\') {
			*end++ = *name;
		}
	}
	return title;
}

static void write_prefixes(FILE *stream, const struct prefix *prefixes,
			   size_t count)
{
	char text[PREFIX_TEXT_MAX];

	fputs("ignore = {", stream);
	for (size_t i = 0; i < count; i++) {
		fputs(i ? ", " : "", stream);
		write_text(stream, prefix_format(&prefixes[i], text));
	}
	fputs("}\n", stream);
}

static void write_zone(FILE *stream, const struct config_zone *zone)
{
	char *name = name_parse(zone->name);
	char *title = unescape(zone->name);

	invariant(streq(name, zone->name));
	write_title(stream, "zone", title);
	free(title);
	free(name);
	fputs("primary = {", stream);
	for (size_t i = 0; i < zone->primary_count; i++) {
		fputs(i ? ", " : "", stream);
		write_text(stream, zone->primaries[i]);
	}
	fputs("}\n", stream);
	write_optional(stream, "key", zone->key);
	write_addresses(stream, "also_ask", zone->also_ask,
			zone->also_ask_count);
	write_prefixes(stream, zone->ignore, zone->ignore_count);
	fprintf(stream, "sign_questions = \"%s\"\n",
		zone->signing == SIGNING_AUTO ? "auto" :
		yes_or_no(zone->signing == SIGNING_ALWAYS));
	fprintf(stream, "check_serial = %s\n}\n",
		yes_or_no(zone->check_serial));
}

static void write_spec(FILE *stream, const struct config_spec *spec)
{
	char *owner = xasprintf("_%u._%s.%s", (unsigned)spec->port,
				spec->protocol, spec->host);

	invariant(streq(owner, spec->owner));
	free(owner);
	invariant(spec->port > 0 && spec->params.usage >= 2 &&
		  spec->params.usage <= 3 && spec->params.selector <= 1 &&
		  spec->params.matching <= 2);
	fprintf(stream, "'%u%u%u %u %s %s',\n", spec->params.usage,
		spec->params.selector, spec->params.matching,
		(unsigned)spec->port, spec->protocol, spec->host);
}

static void write_probes(FILE *stream, const struct config_target *target)
{
	fputs("probe = {", stream);
	if (target->probe == CONFIG_PROBE_AUTO)
		fputs("auto", stream);
	if (target->probe == CONFIG_PROBE_OFF)
		fputs("off", stream);
	invariant((target->probe == CONFIG_PROBE_LIST) ==
		  (target->probe_count > 0));
	for (size_t i = 0; i < target->probe_count; i++) {
		const struct config_probe *probe = &target->probes[i];
		bool six = probe->address.family == 6;

		invariant(probe->port > 0);
		fprintf(stream, "%s\"%s%s%s:%u\"", i ? ", " : "",
			six ? "[" : "", probe->host, six ? "]" : "",
			(unsigned)probe->port);
	}
	fputs("}\n", stream);
}

static void write_api(FILE *stream, const struct config_target *target)
{
	char *api = xstrdup("exec"), *longer;

	invariant((target->api == API_EXEC) == (target->exec_arguments != 0));
	if (target->exec_user) {
		longer = xasprintf("%s uid:%s", api, target->exec_user);
		free(api);
		api = longer;
	}
	for (char **p = target->exec_arguments; p && *p; p++) {
		longer = xasprintf("%s %s", api, *p);
		free(api);
		api = longer;
	}
	write_optional(stream, "api",
		       target->api == API_EXEC ? api : "rfc2136");
	free(api);
}

static void write_target(FILE *stream, const struct config_target *target)
{
	invariant(lineage_name_valid(target->name));
	invariant(target->spec_count > 0 && target->linger_seconds <= 604800);
	write_title(stream, "target", target->name);
	fputs("tlsa = {\n", stream);
	for (size_t i = 0; i < target->spec_count; i++)
		write_spec(stream, &target->specs[i]);
	fputs("}\n", stream);
	write_optional(stream, "reload", target->reload);
	write_probes(stream, target);
	fprintf(stream, "linger = %u\n", target->linger_seconds);
	write_api(stream, target);
	fputs("}\n", stream);
}

static char *write_config(const struct config *config)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	invariant(stream);
	write_optional(stream, "letsencrypt_directory",
		       config->letsencrypt_directory);
	write_optional(stream, "dane_directory", config->dane_directory);
	write_optional(stream, "state_directory", config->state_directory);
	write_addresses(stream, "resolver", config->resolvers,
			config->resolver_count);
	fprintf(stream, "follow_live = %s\nrecord_ttl = %u\nttl_factor = %u\n"
		"margin = %u\ndnssec = %s\n", yes_or_no(config->follow_live),
		config->record_ttl_seconds, config->ttl_factor,
		config->margin_seconds,
		config->dnssec_required ? "require" : "off");
	write_optional(stream, "key", config->key);
	for (size_t i = 0; i < config->zone_count; i++)
		write_zone(stream, &config->zones[i]);
	for (size_t i = 0; i < config->target_count; i++)
		write_target(stream, &config->targets[i]);
	must(fclose(stream) == 0);
	return text;
}

/* ---- Reading it again -------------------------------------------------- */

static void check_values(const struct config *config)
{
	invariant(config->record_ttl_seconds >= 1 &&
		  config->record_ttl_seconds <= 604800);
	invariant(config->ttl_factor >= 1 && config->ttl_factor <= 10);
	invariant(config->margin_seconds <= 86400);
	for (size_t i = 0; i < config->zone_count; i++)
		invariant(config_find_zone(config, config->zones[i].name) ==
			  &config->zones[i]);
	for (size_t i = 0; i < config->target_count; i++)
		invariant(config_find_target(config, config->targets[i].name)
			  == &config->targets[i]);
}

static void check_round_trip(const struct config *config)
{
	char *written = write_config(config), *twice;
	struct config *again = config_parse("again.conf", written);

	invariant(again);
	twice = write_config(again);
	invariant(streq(written, twice));
	free(twice);
	config_free(again);
	free(written);
}

static void check_environment(const struct config *config, const char *text)
{
	char *written = write_config(config);

	invariant(strstr(text, VALUE) || !strstr(written, VALUE));
	/* All of it may get into JSON. */
	invariant(text_is_utf8(written));
	free(written);
}

/* ---- Several files ----------------------------------------------------- */

/* In the input they stand behind each other, with this between them; the
 * second is called 1. */
#define SEPARATOR '\x1e'

struct parts {
	char *items[10];
	size_t count;
};

static void part_texts(struct parts *parts, char *text)
{
	char *end;

	for (parts->count = 0; parts->count < 10; text = end + 1) {
		parts->items[parts->count++] = text;
		end = strchr(text, SEPARATOR);
		if (!end)
			return;
		*end = '\0';
	}
}

static char *read_part(void *self, const char *path, size_t size, char **text,
		       uint64_t *inode)
{
	const struct parts *parts = self;
	const char *name = strrchr(path, '/');
	size_t index;

	name = name ? name + 1 : path;
	index = (size_t)(*name - '0');
	if (*name < '0' || index >= parts->count || name[1])
		return xstrdup("there is none");
	if (strlen(parts->items[index]) > size)
		return xstrdup("too large");
	*text = xstrdup(parts->items[index]);
	*inode = index;
	return NULL;
}

static char *list_parts(void *self, const char *path, struct texts *names)
{
	const struct parts *parts = self;

	if (*path == '/')
		return xstrdup("not there");
	for (size_t i = 0; i < parts->count; i++) {
		char name[] = { (char)('0' + i), '\0' };

		texts_add(names, name);
	}
	return NULL;
}

static struct config *parse_parts(char *text)
{
	struct parts parts;
	const struct config_reader reader = {
		.self = &parts, .read = read_part, .list = list_parts,
	};

	part_texts(&parts, text);
	return config_parse_with("fuzz.conf", parts.items[0], &reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *copy = xstrdup(text);
	struct config *config;

	log_open(LOG_SINK_NONE, NULL, LOG_LEVEL_DEBUG, true);
	setenv(VARIABLE, VALUE, 1);
	config = parse_parts(copy);
	if (config) {
		check_values(config);
		check_round_trip(config);
		check_environment(config, text);
	}
	config_free(config);
	free(copy);
	free(text);
	return 0;
}
