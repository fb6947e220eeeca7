/* SPDX-License-Identifier: MIT */
#include "config/config.h"

#include "base/dns.h"
#include "base/lineage_name.h"
#include "base/log.h"
#include "base/name.h"
#include "base/xalloc.h"
#include "config/config_check.h"
#include "config/config_scan.h"
#include "config/config_set.h"
#include "config/config_values.h"

#include <confuse.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * The grammar: what keys there are, their defaults, their ranges and how
 * each gets into its field, by a function of config_set.h.
 */
#define ROW(scope, name, fallback, set, type, field, ...) \
	{ scope, name, false, fallback, config_##set, \
	  offsetof(struct type, field), 0, __VA_ARGS__ }
#define LIST(scope, name, set, type, field, count) \
	{ scope, name, true, NULL, config_##set, \
	  offsetof(struct type, field), offsetof(struct type, count), 0, 0 }
#define FILES(scope, type) \
	{ scope, "files", true, NULL, config_set_files, \
	  offsetof(struct type, files), 0, 0, 0 }

#define SOURCES(scope, type) \
	{ scope, "source_address", true, NULL, config_set_sources, \
	  offsetof(struct type, sources), 0, 0, 0 }

static const struct config_row rows[] = {
	ROW(SCOPE_GLOBAL, "letsencrypt_directory", "/etc/letsencrypt",
	    set_path, config, letsencrypt_directory, 0, 0),
	ROW(SCOPE_GLOBAL, "dane_directory", ALNITAK_DANE, set_path,
	    config, dane_directory, 0, 0),
	ROW(SCOPE_GLOBAL, "state_directory", ALNITAK_STATE, set_path,
	    config, state_directory, 0, 0),
	LIST(SCOPE_GLOBAL, "resolver", set_addresses, config, resolvers,
	     resolver_count),
	LIST(SCOPE_GLOBAL, "outside", set_outside, config, outside,
	     outside_count),
	SOURCES(SCOPE_GLOBAL, config),
	ROW(SCOPE_GLOBAL, "follow_live", "no", set_bool, config,
	    follow_live, 0, 0),
	FILES(SCOPE_GLOBAL, config),
	ROW(SCOPE_GLOBAL, "record_ttl", "3600", set_number, config,
	    record_ttl_seconds, 1, 604800),
	ROW(SCOPE_GLOBAL, "ttl_factor", "2", set_number, config, ttl_factor,
	    1, 10),
	ROW(SCOPE_GLOBAL, "margin", "120", set_number, config,
	    margin_seconds, 0, 86400),
	ROW(SCOPE_GLOBAL, "recheck", "3600", set_number, config,
	    recheck_seconds, 0, 604800),
	ROW(SCOPE_GLOBAL, "dnssec", "require", set_dnssec, config,
	    dnssec_required, 0, 0),
	ROW(SCOPE_GLOBAL, "key", NULL, set_path, config, key, 0, 0),
	ROW(SCOPE_GLOBAL, "metrics_file", NULL, set_path, config,
	    metrics_file, 0, 0),
	ROW(SCOPE_GLOBAL, "status_file", NULL, set_path, config,
	    status_file, 0, 0),
	ROW(SCOPE_GLOBAL, "notify", NULL, set_program, config, notify, 0, 0),
	ROW(SCOPE_GLOBAL, "notify_user", NULL, set_text, config, notify_user,
	    0, 0),

	LIST(SCOPE_ZONE, "primary", set_primaries, config_zone, primaries,
	     primary_count),
	ROW(SCOPE_ZONE, "key", NULL, set_path, config_zone, key, 0, 0),
	ROW(SCOPE_ZONE, "sign_questions", "auto", set_signing, config_zone,
	    signing, 0, 0),
	LIST(SCOPE_ZONE, "also_ask", set_addresses, config_zone, also_ask,
	     also_ask_count),
	LIST(SCOPE_ZONE, "ignore", set_ignored, config_zone, ignore,
	     ignore_count),
	ROW(SCOPE_ZONE, "check_serial", "yes", set_bool, config_zone,
	    check_serial, 0, 0),

	LIST(SCOPE_TARGET, "tlsa", set_specs, config_target, specs,
	     spec_count),
	ROW(SCOPE_TARGET, "reload", NULL, set_text, config_target, reload,
	    0, 0),
	LIST(SCOPE_TARGET, "probe", set_probes, config_target, probes,
	     probe_count),
	ROW(SCOPE_TARGET, "linger", "0", set_linger, config_target,
	    linger_seconds, 0, 604800),
	ROW(SCOPE_TARGET, "strangers", "no", set_bool, config_target,
	    allows_strangers, 0, 0),
	ROW(SCOPE_TARGET, "wildcard", "refuse", set_wildcard, config_target,
	    hides_wildcards, 0, 0),
	FILES(SCOPE_TARGET, config_target),
	ROW(SCOPE_TARGET, "api", "rfc2136", set_api, config_target, api,
	    0, 0),
};
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static enum config_key_kind row_find(enum config_scope scope,
				     const char *name)
{
	for (size_t i = 0; i < ROW_COUNT; i++)
		if (rows[i].scope == scope && streq(rows[i].name, name))
			return rows[i].is_list ? CONFIG_KEY_LIST
					       : CONFIG_KEY_SINGLE;
	return CONFIG_KEY_UNKNOWN;
}

/* ---- Sections ---------------------------------------------------------- */

/* The values of ROW in CFG, NULL where there is none; the caller's. */
static const char **row_values(cfg_t *cfg, const struct config_row *row,
			       size_t *count)
{
	const char **values;

	*count = cfg_size(cfg, row->name);
	values = xcalloc(*count ? *count : 1, sizeof(*values));
	for (size_t i = 0; i < *count; i++)
		values[i] = cfg_getnstr(cfg, row->name, (unsigned)i);
	return values;
}

static void set_all(enum config_scope scope, cfg_t *cfg,
		    const struct config_scan_section *section,
		    struct config_faults *faults, void *object)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		struct config_setting setting = {
			.row = &rows[i], .section = section,
			.faults = faults, .object = object,
		};

		if (rows[i].scope != scope)
			continue;
		setting.values = row_values(cfg, &rows[i], &setting.count);
		config_set(&setting);
		free(setting.values);
	}
}

static void add_zone(struct config *config, cfg_t *cfg,
		     const struct config_scan_section *section,
		     struct config_faults *faults)
{
	struct config_zone *zone = array_push(config->zones,
					      config->zone_count);
	bool plain = *section->title && !strchr(section->title, '\\');
	char *fault = config_name_fault(section->title, "no domain name");

	for (const char *at = section->title; *at; at++)
		plain = plain && (unsigned char)*at < 0x80;
	zone->name = plain ? name_parse(section->title) : NULL;
	zone->line = section->line;
	if (!zone->name)
		config_fault(faults, section->line, "zone: %s", fault);
	free(fault);
	set_all(SCOPE_ZONE, cfg, section, faults, zone);
}

static void add_target(struct config *config, cfg_t *cfg,
		       const struct config_scan_section *section,
		       struct config_faults *faults)
{
	struct config_target *target = array_push(config->targets,
						  config->target_count);
	char *fault = config_text_fault(section->title);

	target->name = xstrdup(section->title);
	target->line = section->line;
	if (fault)
		config_fault(faults, section->line, "target: %s", fault);
	else if (!lineage_name_valid(section->title) ||
		 strchr(section->title, '\\'))
		config_fault(faults, section->line, "target \"%s\": that "
			     "cannot be a certbot lineage", section->title);
	free(fault);
	set_all(SCOPE_TARGET, cfg, section, faults, target);
	if (!target->files)
		target->files = config->files;
}

static void add_sections(struct config *config, cfg_t *cfg,
			 const struct config_scan *scan,
			 struct config_faults *faults)
{
	unsigned zone = 0, target = 0;

	for (size_t i = 1; i < scan->section_count; i++) {
		const struct config_scan_section *section = &scan->sections[i];

		if (section->scope == SCOPE_ZONE)
			add_zone(config, cfg_getnsec(cfg, "zone", zone++),
				 section, faults);
		else
			add_target(config,
				   cfg_getnsec(cfg, "target", target++),
				   section, faults);
	}
}

/* ---- libconfuse -------------------------------------------------------- */

static void confuse_error(cfg_t *cfg, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));
static void confuse_error(cfg_t *cfg, const char *format, va_list arguments)
{
	char *text = NULL;

	(void)cfg;
	if (vasprintf(&text, format, arguments) >= 0)
		log_error("configuration: %s", text);
	free(text);
}

/* The options of SCOPE; room for two sections and the end is left. */
static size_t scope_options(enum config_scope scope,
			    cfg_opt_t options[ROW_COUNT + 3])
{
	size_t count = 0;

	for (size_t i = 0; i < ROW_COUNT; i++) {
		const struct config_row *row = &rows[i];

		if (row->scope != scope)
			continue;
		if (row->is_list)
			options[count++] = (cfg_opt_t)CFG_STR_LIST(
				row->name, NULL, CFGF_NODEFAULT);
		else
			options[count++] = (cfg_opt_t)CFG_STR(
				row->name, row->fallback, CFGF_NONE);
	}
	options[count] = (cfg_opt_t)CFG_END();
	return count;
}

/* Titles are not left to libconfuse: see config_scan.h. */
static cfg_t *grammar_open(void)
{
	cfg_opt_t zone[ROW_COUNT + 3], target[ROW_COUNT + 3];
	cfg_opt_t all[ROW_COUNT + 3];
	size_t count = scope_options(SCOPE_GLOBAL, all);
	cfg_t *cfg;

	scope_options(SCOPE_ZONE, zone);
	scope_options(SCOPE_TARGET, target);
	all[count++] = (cfg_opt_t)CFG_SEC("zone", zone, CFGF_MULTI);
	all[count++] = (cfg_opt_t)CFG_SEC("target", target, CFGF_MULTI);
	all[count] = (cfg_opt_t)CFG_END();
	cfg = cfg_init(all, CFGF_NONE);
	invariant(cfg);
	cfg_set_error_function(cfg, confuse_error);
	return cfg;
}

static size_t sections_of(const struct config_scan *scan,
			  enum config_scope scope)
{
	size_t count = 0;

	for (size_t i = 0; i < scan->section_count; i++)
		count += scan->sections[i].scope == scope;
	return count;
}

/* libconfuse must see what config_scan() saw. */
static bool grammar_read(cfg_t *cfg, const struct config_scan *scan,
			 struct config_faults *faults)
{
	if (cfg_parse_buf(cfg, scan->text) == CFG_SUCCESS &&
	    cfg_size(cfg, "zone") == sections_of(scan, SCOPE_ZONE) &&
	    cfg_size(cfg, "target") == sections_of(scan, SCOPE_TARGET))
		return true;
	config_fault(faults, cfg->line > 0 ? (unsigned)cfg->line : 1,
		     "cannot be parsed");
	return false;
}

/* Where the state is elsewhere, so may be all that this one has. */
static void set_status_file(struct config *config)
{
	if (!config->status_file && config->state_directory &&
	    streq(config->state_directory, ALNITAK_STATE))
		config->status_file = xstrdup(ALNITAK_STATUS);
}

static void keep_files(struct config *config, struct config_scan *scan,
		       const struct config_faults *faults)
{
	for (size_t i = 0; i < faults->file_count; i++)
		texts_add(&config->included, faults->files[i].path);
	config->unmatched = scan->unmatched;
	scan->unmatched = (struct texts){ .items = NULL };
}

struct config *config_parse(const char *path, const char *text)
{
	return config_parse_with(path, text, NULL);
}

struct config *config_parse_with(const char *path, const char *text,
				 const struct config_reader *reader)
{
	struct config_faults faults = { .path = path };
	struct config_scan *scan = config_scan(text, row_find, reader,
					       &faults);
	struct config *config = xcalloc(1, sizeof(*config));
	cfg_t *cfg = grammar_open();

	config->path = xstrdup(path);
	keep_files(config, scan, &faults);
	if (grammar_read(cfg, scan, &faults)) {
		set_all(SCOPE_GLOBAL, cfg, &scan->sections[0], &faults,
			config);
		set_status_file(config);
		add_sections(config, cfg, scan, &faults);
		config_check_sections(config, &faults);
	}
	cfg_free(cfg);
	config_scan_free(scan);
	config_faults_clear(&faults);
	if (!faults.count)
		return config;
	config_free(config);
	return NULL;
}
