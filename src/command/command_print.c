/* SPDX-License-Identifier: MIT */
#include "command/command_print.h"

#include "base/bounds.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "disk/lineage.h"
#include "state/text_json.h"

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
	bool archived;		/* one version of several */
};

static void print_json(struct printer *printer, const struct tlsa *record,
		       const struct chain *chain, const struct origin *origin)
{
	char leaf[FINGERPRINT_TEXT_SIZE], *text = tlsa_format(record);
	json_t *object = json_pack(
		"{s:o, s:o, s:i, s:i, s:i, s:s, s:s, s:I}", "owner",
		text_json(origin->owner), "source", text_json(origin->source),
		"usage", (int)record->params.usage, "selector",
		(int)record->params.selector, "matching",
		(int)record->params.matching, "data", strrchr(text, ' ') + 1,
		"leaf", fingerprint_format(&chain->leaf, leaf), "not_after",
		(json_int_t)chain->not_after_seconds);

	invariant(object);
	json_array_append_new(printer->array, object);
	free(text);
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
			 struct tlsa_params params,
			 const struct origin *origin)
{
	struct tlsa record;

	if (!tlsa_from_chain(chain, params, &record)) {
		char *fault = tlsa_fault(chain, params);

		log_error("%s: no record: %s", origin->source, fault);
		free(fault);
		printer->failed = true;
		return;
	}
	if (printer->array)
		print_json(printer, &record, chain, origin);
	else
		print_text(&record, chain, origin);
	tlsa_clear(&record);
}

/* Certbot's directory is there, or a message says that it is not. */
static bool has_directory(struct printer *printer)
{
	if (printer->places.letsencrypt >= 0)
		return true;
	log_error("%s: %s", printer->places.letsencrypt_path,
		  strerror(-printer->places.letsencrypt));
	printer->failed = true;
	return false;
}

/* What live/NAME shows, or NULL after a message. */
static struct chain *load_live(struct printer *printer, const char *name)
{
	const struct lineage lineage = { printer->world, &printer->places,
					 name, NULL };
	struct chain *chain = NULL;
	enum version_error error;
	char *detail = NULL;
	unsigned number;

	if (!has_directory(printer))
		return NULL;
	error = lineage_load_live(&lineage, &chain, &number, &detail);
	if (error != VERSION_OK) {
		log_error("%s: the live version is %s%s%s", name,
			  version_error_text(error), detail ? ": " : "",
			  detail ? detail : "");
		printer->failed = true;
	}
	free(detail);
	return chain;
}

static void print_live(struct printer *printer, struct tlsa_params params,
		       const char *name)
{
	struct chain *chain = load_live(printer, name);
	struct origin origin = { .source = name };

	if (chain)
		print_record(printer, chain, params, &origin);
	chain_free(chain);
}

static void print_archive(struct printer *printer, struct tlsa_params params,
			  const char *name)
{
	const struct lineage lineage = { printer->world, &printer->places,
					 name, NULL };
	struct origin origin = { .source = name, .archived = true };
	struct chains chains;

	if (!has_directory(printer))
		return;
	chains = lineage_archive_chains(&lineage);
	if (chains.count == 0) {
		log_error("%s: there is no version in the archive", name);
		printer->failed = true;
	}
	for (size_t i = 0; i < chains.count; i++)
		print_record(printer, chains.items[i], params, &origin);
	chains_free(&chains);
}

static void print_file(struct printer *printer, struct tlsa_params params,
		       const char *path)
{
	struct origin origin = { .source = path };
	struct chain *chain = NULL;
	enum chain_error verdict;
	char *text = NULL;
	size_t size;
	int error = printer->world->file_read(printer->world, WORLD_CWD, path,
					      PEM_SIZE_MAX, &text, &size,
					      NULL);

	if (error) {
		log_error("%s: %s", path, strerror(-error));
		printer->failed = true;
		return;
	}
	verdict = chain_parse(text, size, &chain);
	if (verdict != CHAIN_OK) {
		log_error("%s %s", path, chain_error_text(verdict));
		printer->failed = true;
	} else {
		print_record(printer, chain, params, &origin);
	}
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

static void print_argument(struct printer *printer, const char *argument)
{
	static const char archive[] = "archive/";
	const size_t size = sizeof(archive) - 1;
	const char *what = argument + 4;
	struct tlsa_params params;

	if (strspn(argument, "0123") < 3 || argument[3] != ':' || !*what) {
		log_error("print: \"%s\" is not USAGE SELECTOR MATCHING and "
			  "a file or lineage, as 311:mail.example.com",
			  argument);
		printer->failed = true;
		return;
	}
	params.usage = (uint8_t)(argument[0] - '0');
	params.selector = (uint8_t)(argument[1] - '0');
	params.matching = (uint8_t)(argument[2] - '0');
	if (strncmp(what, archive, size) == 0 &&
	    lineage_name_valid(what + size))
		print_archive(printer, params, what + size);
	else if (!lineage_name_valid(what) || is_file(printer, what))
		print_file(printer, params, what);
	else
		print_live(printer, params, what);
}

static void print_target(struct printer *printer,
			 const struct config_target *target)
{
	struct chain *chain = load_live(printer, target->name);

	for (size_t i = 0; chain && i < target->spec_count; i++) {
		struct origin origin = {
			.owner = target->specs[i].owner,
			.source = target->name,
		};

		print_record(printer, chain, target->specs[i].params,
			     &origin);
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

static bool finish_output(struct printer *printer)
{
	bool good = true;

	if (printer->array) {
		good = json_dumpf(printer->array, stdout, JSON_INDENT(2)) == 0;
		good = putchar('\n') != EOF && good;
		json_decref(printer->array);
	}
	good = fflush(stdout) == 0 && !ferror(stdout) && good;
	if (!good)
		log_error("print: cannot write to standard output");
	return good;
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
	bool written;

	print_all(&printer, options);
	written = finish_output(&printer);
	if (printer.places.letsencrypt >= 0)
		world->dir_close(world, printer.places.letsencrypt);
	return written && !printer.failed ? EXIT_DONE : EXIT_FAILED;
}
