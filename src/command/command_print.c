/* SPDX-License-Identifier: MIT */
#include "command/command_print.h"

#include "base/bounds.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "disk/lineage.h"
#include "state/text_json.h"
#include "tell/document.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct printer {
	struct world *world;
	const struct config *config;
	/* Only certbot's directory, or a negative errno. */
	struct links_places places;
	json_t *array;		/* NULL: plain text */
	bool failed;
};

/* Where a record comes from. */
struct origin {
	const char *owner;	/* NULL: not asked for */
	const char *source;	/* lineage or file */
	struct tlsa_params params;
	bool archived;		/* one version of several */
	bool has_no_params;	/* it is about no record in particular */
};

/* What there is to be said of it before it is looked at. */
static json_t *origin_json(const struct origin *origin)
{
	const struct tlsa_params *params = &origin->params;
	bool known = !origin->has_no_params;

	return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o}",
		"schema", DOCUMENT_SCHEMA, "owner", text_json(origin->owner),
		"source", text_json(origin->source),
		"usage", known ? json_integer(params->usage) : json_null(),
		"selector", known ? json_integer(params->selector) :
				    json_null(),
		"matching", known ? json_integer(params->matching) :
				    json_null());
}

static void add_json(struct printer *printer, const struct origin *origin,
		     json_t *rest)
{
	json_t *object = origin_json(origin);

	invariant(object && rest);
	json_object_update(object, rest);
	json_decref(rest);
	json_array_append_new(printer->array, object);
}

static void print_json(struct printer *printer, const struct tlsa *record,
		       const struct chain *chain, const struct origin *origin)
{
	int64_t expires_ms = chain->not_after_seconds * 1000;
	char leaf[FINGERPRINT_TEXT_SIZE], *text = tlsa_format(record);

	add_json(printer, origin, json_pack("{s:s, s:s, s:o, s:o, s:n}",
		"data", strrchr(text, ' ') + 1,
		"leaf", fingerprint_format(&chain->leaf, leaf),
		"expires", document_time(expires_ms),
		"expires_ms", document_ms(expires_ms), "fault"));
	free(text);
}

/* There is none, and LINE, which is taken over, says why. */
static void fail(struct printer *printer, const struct origin *origin,
		 char *line)
{
	log_error("%s", line);
	printer->failed = true;
	if (printer->array)
		add_json(printer, origin, json_pack("{s:n, s:n, s:n, s:n, s:o}",
			"data", "leaf", "expires", "expires_ms",
			"fault", text_json(line)));
	free(line);
}

static void print_text(const struct tlsa *record, const struct chain *chain,
		       const struct origin *origin)
{
	char leaf[FINGERPRINT_TEXT_SIZE], date[16] = "";
	char *text = tlsa_format(record);
	time_t end = chain->not_after_seconds;
	struct tm tm;

	if (origin->owner)
		printf("%s IN TLSA ", origin->owner);
	fputs(text, stdout);
	if (origin->archived && gmtime_r(&end, &tm) &&
	    strftime(date, sizeof(date), "%Y-%m-%d", &tm))
		printf(" ; archive/%s, leaf %.8s.., until %s", origin->source,
		       fingerprint_format(&chain->leaf, leaf), date);
	putchar('\n');
	free(text);
}

static void print_record(struct printer *printer, const struct chain *chain,
			 const struct origin *origin)
{
	struct tlsa record;

	if (!tlsa_from_chain(chain, origin->params, &record)) {
		char *fault = tlsa_fault(chain, origin->params);

		fail(printer, origin, xasprintf("%s: no record: %s",
						origin->source, fault));
		free(fault);
		return;
	}
	if (printer->array)
		print_json(printer, &record, chain, origin);
	else
		print_text(&record, chain, origin);
	tlsa_clear(&record);
}

/* Certbot's directory is there, or a message says that it is not. */
static bool has_directory(struct printer *printer, const struct origin *origin)
{
	const struct links_places *places = &printer->places;

	if (places->letsencrypt >= 0)
		return true;
	fail(printer, origin, xasprintf("%s: %s", places->letsencrypt_path,
					strerror(-places->letsencrypt)));
	return false;
}

/* What live/NAME of ORIGIN shows, or NULL after a message. */
static struct chain *load_live(struct printer *printer,
			       const struct origin *origin)
{
	const struct lineage lineage = { printer->world, &printer->places,
					 origin->source, NULL };
	struct chain *chain = NULL;
	enum version_error error;
	char *detail = NULL;
	unsigned number;

	if (!has_directory(printer, origin))
		return NULL;
	error = lineage_load_live(&lineage, &chain, &number, &detail);
	if (error != VERSION_OK)
		fail(printer, origin, xasprintf("%s: the live version is "
			"%s%s%s", origin->source, version_error_text(error),
			detail ? ": " : "", detail ? detail : ""));
	free(detail);
	return chain;
}

static void print_live(struct printer *printer, const struct origin *origin)
{
	struct chain *chain = load_live(printer, origin);

	if (chain)
		print_record(printer, chain, origin);
	chain_free(chain);
}

static void print_archive(struct printer *printer, const struct origin *origin)
{
	const struct lineage lineage = { printer->world, &printer->places,
					 origin->source, NULL };
	struct chains chains;
	int trouble;

	if (!has_directory(printer, origin))
		return;
	chains = lineage_archive_chains(&lineage, &trouble);
	if (chains.count == 0)
		fail(printer, origin, xasprintf("%s: there is no version in "
						"the archive",
						origin->source));
	for (size_t i = 0; i < chains.count; i++)
		print_record(printer, chains.items[i], origin);
	chains_free(&chains);
}

static void print_file(struct printer *printer, const struct origin *origin)
{
	const char *path = origin->source;
	struct chain *chain = NULL;
	enum chain_error verdict;
	char *text = NULL;
	size_t size;
	int error = printer->world->file_read(printer->world, WORLD_CWD, path,
					      PEM_SIZE_MAX, &text, &size,
					      NULL);

	if (error) {
		fail(printer, origin, xasprintf("%s: %s", path,
						strerror(-error)));
		return;
	}
	verdict = chain_parse(text, size, &chain);
	if (verdict != CHAIN_OK)
		fail(printer, origin, xasprintf("%s %s", path,
						chain_error_text(verdict)));
	else
		print_record(printer, chain, origin);
	chain_free(chain);
	/* A bundle has a private key in it. */
	OPENSSL_cleanse(text, size);
	free(text);
}

static bool is_file(struct printer *printer, const char *path)
{
	struct file_info info;

	return printer->world->file_info(printer->world, WORLD_CWD, path, true,
					 &info) == 0 &&
	       info.kind == FILE_REGULAR;
}

static uint8_t digit(char letter)
{
	return (uint8_t)(letter - '0');
}

static void print_argument(struct printer *printer, const char *argument)
{
	static const char archive[] = "archive/";
	const size_t size = sizeof(archive) - 1;
	struct origin origin = { .source = argument, .has_no_params = true };
	const char *what;

	if (strspn(argument, "0123") < 3 || argument[3] != ':' ||
	    !argument[4]) {
		fail(printer, &origin, xasprintf("print: \"%s\" is not USAGE "
			"SELECTOR MATCHING and a file or lineage, as "
			"311:mail.example.com", argument));
		return;
	}
	what = argument + 4;
	origin = (struct origin){
		.source = what, .params = { digit(argument[0]),
					    digit(argument[1]),
					    digit(argument[2]) } };
	if (strncmp(what, archive, size) == 0 &&
	    lineage_name_valid(what + size)) {
		origin.source = what + size;
		origin.archived = true;
		print_archive(printer, &origin);
	} else if (!lineage_name_valid(what) || is_file(printer, what)) {
		print_file(printer, &origin);
	} else {
		print_live(printer, &origin);
	}
}

static void print_target(struct printer *printer,
			 const struct config_target *target)
{
	const struct origin all = { .source = target->name,
				    .has_no_params = true };
	struct chain *chain = load_live(printer, &all);

	for (size_t i = 0; chain && i < target->spec_count; i++) {
		const struct origin origin = {
			.owner = target->specs[i].owner,
			.source = target->name,
			.params = target->specs[i].params,
		};

		print_record(printer, chain, &origin);
	}
	chain_free(chain);
}

static void print_all(struct printer *printer, const struct options *options)
{
	for (size_t i = 0; i < options->argument_count; i++)
		print_argument(printer, options->arguments[i]);
	if (options->argument_count)
		return;
	for (size_t i = 0; i < printer->config->target_count; i++)
		print_target(printer, &printer->config->targets[i]);
}

enum exit_status command_print(struct world *world,
			       const struct config *config,
			       const struct options *options)
{
	const char *path = options->letsencrypt_directory
				   ? options->letsencrypt_directory
				   : config->letsencrypt_directory;
	struct printer printer = {
		.world = world, .config = config,
		.places.letsencrypt_path = path,
		.places.letsencrypt = world->dir_open(world, WORLD_CWD, path),
		.array = options->json ? json_array() : NULL,
	};

	print_all(&printer, options);
	if (printer.array)
		document_print(printer.array);
	json_decref(printer.array);
	if (printer.places.letsencrypt >= 0)
		world->dir_close(world, printer.places.letsencrypt);
	return printer.failed ? EXIT_FAILED : EXIT_DONE;
}
