/* SPDX-License-Identifier: MIT */
#include "state/settled.h"

#include "base/bounds.h"
#include "base/lineage_name.h"
#include "base/xalloc.h"

#include <openssl/evp.h>

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define HEAD "alnitak-settled 1"
/* The last line: the digest of all before it. */
#define TAIL_SIZE FINGERPRINT_TEXT_SIZE
#define NO_BOOT_ID "-"

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct settled_target *)a)->name,
		      ((const struct settled_target *)b)->name);
}

void settled_sort(struct settled *settled)
{
	if (settled->count)
		qsort(settled->items, settled->count, sizeof(*settled->items),
		      compare);
}

struct settled_target *settled_find(const struct settled *settled,
				    const char *name)
{
	const struct settled_target key = { .name = unconst(name) };

	return settled->count ?
	       bsearch(&key, settled->items, settled->count, sizeof(key),
		       compare) : NULL;
}

void settled_add(struct settled *settled, const struct settled_target *from)
{
	struct settled_target *item = array_push(settled->items,
						 settled->count);

	*item = *from;
	item->name = xstrdup(from->name);
}

void settled_clear(struct settled *settled)
{
	for (size_t i = 0; i < settled->count; i++)
		free(settled->items[i].name);
	free(settled->items);
	*settled = (struct settled){ NULL, 0 };
}

static void digest(const char *text, size_t size,
		   char hex[FINGERPRINT_TEXT_SIZE])
{
	struct fingerprint result;

	must(EVP_Digest(text, size, result.sha256, NULL, EVP_sha256(),
			NULL) == 1);
	fingerprint_format(&result, hex);
}

/* ---- Written ----------------------------------------------------------- */

static void put_fingerprint(FILE *out, const struct fingerprint *fingerprint)
{
	char hex[FINGERPRINT_TEXT_SIZE];

	fprintf(out, "%s ", fingerprint_format(fingerprint, hex));
}

static void put_target(FILE *out, const struct settled_target *target)
{
	const struct chain *chain = &target->chain;
	const struct moment *saved = &target->saved;

	put_fingerprint(out, &target->print);
	put_fingerprint(out, &chain->version);
	put_fingerprint(out, &chain->leaf);
	fprintf(out, "%u %d %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64
		" %" PRId64 " %d %s %s\n", target->number, target->copied,
		chain->not_before_seconds, chain->not_after_seconds,
		target->looked_ms, saved->wall_ms, saved->boot_ms,
		saved->synchronised,
		*saved->boot_id ? saved->boot_id : NO_BOOT_ID, target->name);
}

char *settled_format(const struct settled *settled, const char *writer)
{
	char hex[FINGERPRINT_TEXT_SIZE], *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	must(out);
	fprintf(out, HEAD " %s\n", writer);
	for (size_t i = 0; i < settled->count; i++)
		put_target(out, &settled->items[i]);
	must(fflush(out) == 0);
	digest(text, size, hex);
	fprintf(out, "%s\n", hex);
	must(fclose(out) == 0);
	return text;
}

/* ---- Read -------------------------------------------------------------- */

/* A row of words in one line; BAD once one was not there as it should be. */
struct words {
	const char *at, *end;
	bool bad;
};

/* The next word, of *SIZE octets. */
static const char *take(struct words *words, size_t *size)
{
	const char *word = words->at;
	const char *blank = memchr(word, ' ', (size_t)(words->end - word));
	const char *end = blank ? blank : words->end;

	*size = (size_t)(end - word);
	words->bad |= *size == 0;
	words->at = blank ? blank + 1 : words->end;
	return word;
}

static void take_fingerprint(struct words *words, struct fingerprint *result)
{
	char hex[FINGERPRINT_TEXT_SIZE];
	size_t size;
	const char *word = take(words, &size);

	if (size != sizeof(hex) - 1) {
		words->bad = true;
		return;
	}
	memcpy(hex, word, size);
	hex[size] = '\0';
	words->bad |= !fingerprint_parse(hex, result);
}

/* No number here is negative, and none has so many digits. */
static int64_t take_number(struct words *words, int64_t max)
{
	int64_t number = 0;
	size_t size;
	const char *word = take(words, &size);

	words->bad |= size > 18;
	for (size_t i = 0; i < size && !words->bad; i++) {
		words->bad = word[i] < '0' || word[i] > '9';
		number = number * 10 + (word[i] - '0');
	}
	words->bad |= number > max;
	return words->bad ? 0 : number;
}

static void take_boot_id(struct words *words, struct moment *saved)
{
	size_t size;
	const char *word = take(words, &size);

	if (size >= sizeof(saved->boot_id))
		words->bad = true;
	else if (size != strlen(NO_BOOT_ID) || *word != *NO_BOOT_ID)
		memcpy(saved->boot_id, word, size);
}

/* The rest of the line: a name may have blanks. */
static void take_name(struct words *words, struct settled_target *target)
{
	target->name = xstrndup(words->at, (size_t)(words->end - words->at));
	words->bad |= !lineage_name_valid(target->name);
}

static bool read_line(const char *line, size_t size,
		      struct settled_target *target)
{
	struct words words = { line, line + size, false };
	struct chain *chain = &target->chain;
	struct moment *saved = &target->saved;

	take_fingerprint(&words, &target->print);
	take_fingerprint(&words, &chain->version);
	take_fingerprint(&words, &chain->leaf);
	target->number = (unsigned)take_number(&words, UINT_MAX);
	target->copied = take_number(&words, 1);
	chain->not_before_seconds = take_number(&words, INT64_MAX / 1000);
	chain->not_after_seconds = take_number(&words, INT64_MAX / 1000);
	target->looked_ms = take_number(&words, INT64_MAX);
	saved->wall_ms = take_number(&words, INT64_MAX);
	saved->boot_ms = take_number(&words, INT64_MAX);
	saved->synchronised = take_number(&words, 1);
	take_boot_id(&words, saved);
	take_name(&words, target);
	return !words.bad;
}

/* The names rise, so that none is there twice. */
static bool is_behind(const struct settled *settled)
{
	size_t n = settled->count;

	return n < 2 || compare(&settled->items[n - 2],
				&settled->items[n - 1]) < 0;
}

static bool read_lines(const char *text, const char *end,
		       struct settled *settled)
{
	while (text < end) {
		const char *line = text;

		text = memchr(line, '\n', (size_t)(end - line));
		if (!text || settled->count == DIRECTORY_ENTRIES_MAX ||
		    !read_line(line, (size_t)(text++ - line),
			       array_push(settled->items, settled->count)) ||
		    !is_behind(settled))
			return false;
	}
	return true;
}

/* What is before the last line, if that is of it; else 0. */
static size_t size_whole(const char *text, size_t size)
{
	char hex[FINGERPRINT_TEXT_SIZE];

	if (size < TAIL_SIZE || text[size - 1] != '\n')
		return 0;
	digest(text, size - TAIL_SIZE, hex);
	return memcmp(text + size - TAIL_SIZE, hex, TAIL_SIZE - 1) == 0 ?
	       size - TAIL_SIZE : 0;
}

bool settled_parse(const char *text, size_t size, const char *writer,
		   struct settled *settled)
{
	char *head = xasprintf(HEAD " %s\n", writer);
	size_t whole = size_whole(text, size), begin = strlen(head);
	bool good = whole >= begin && memcmp(text, head, begin) == 0;

	*settled = (struct settled){ NULL, 0 };
	if (good && !read_lines(text + begin, text + whole, settled)) {
		settled_clear(settled);
		good = false;
	}
	free(head);
	return good;
}
