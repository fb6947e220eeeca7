/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include "base/xalloc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int text_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void texts_add(struct texts *texts, const char *text)
{
	*array_push(texts->items, texts->count) = xstrdup(text);
}

bool texts_has(const struct texts *texts, const char *text)
{
	for (size_t i = 0; i < texts->count; i++)
		if (streq(texts->items[i], text))
			return true;
	return false;
}

void texts_add_once(struct texts *texts, const char *text)
{
	if (!texts_has(texts, text))
		texts_add(texts, text);
}

void texts_sort(struct texts *texts)
{
	if (texts->count)
		qsort(texts->items, texts->count, sizeof(*texts->items),
		      text_compare);
}

void texts_drop_repeats(struct texts *texts)
{
	size_t kept = 0;

	for (size_t i = 0; i < texts->count; i++)
		if (!kept || !streq(texts->items[i], texts->items[kept - 1]))
			texts->items[kept++] = texts->items[i];
		else
			free(texts->items[i]);
	texts->count = kept;
}

char *texts_join(const struct texts *texts)
{
	char *all = NULL;

	for (size_t i = 0; i < texts->count; i++) {
		char *longer = xasprintf("%s%s%s", all ? all : "",
					 all ? ", " : "", texts->items[i]);

		free(all);
		all = longer;
	}
	return all;
}

void texts_clear(struct texts *texts)
{
	for (size_t i = 0; i < texts->count; i++)
		free(texts->items[i]);
	free(texts->items);
	*texts = (struct texts){ .items = NULL };
}

/* ---- UTF-8 ------------------------------------------------------------- */

/* Octets of the character at TEXT, RFC 3629 section 4; 0: it is none. */
static size_t character_size(const char *text)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first = (unsigned char)text[0];
	uint32_t code;
	size_t size;

	if (first < 0x80)
		return 1;
	size = first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 :
	       first < 0xf8 ? 4 : 0;
	if (!size)
		return 0;
	code = first & (0xffU >> (size + 1));
	for (size_t i = 1; i < size; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | ((unsigned char)text[i] & 0x3f);
	}
	if (code < least[size] || code > 0x10ffff ||
	    (code >= 0xd800 && code < 0xe000))
		return 0;
	return size;
}

bool text_is_utf8(const char *text)
{
	while (*text) {
		size_t size = character_size(text);

		if (!size)
			return false;
		text += size;
	}
	return true;
}

const char *text_time(int64_t time_ms, char text[TEXT_TIME_SIZE])
{
	time_t seconds = (time_t)(time_ms / 1000);
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) ||
	    strftime(text, TEXT_TIME_SIZE, "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
		snprintf(text, TEXT_TIME_SIZE, "?");
	return text;
}

const char *text_time_local(int64_t time_ms, char text[TEXT_TIME_SIZE])
{
	time_t seconds = (time_t)(time_ms / 1000);
	struct tm tm;

	tzset();
	if (!localtime_r(&seconds, &tm) ||
	    (strftime(text, TEXT_TIME_SIZE, "%Y-%m-%d %H:%M:%S %Z", &tm) == 0 &&
	     strftime(text, TEXT_TIME_SIZE, "%Y-%m-%d %H:%M:%S %z", &tm) == 0))
		snprintf(text, TEXT_TIME_SIZE, "?");
	return text;
}

const char *text_time_exact(int64_t time_ms, char text[TEXT_TIME_SIZE])
{
	int64_t part_ms = ((time_ms % 1000) + 1000) % 1000;
	time_t seconds = (time_t)((time_ms - part_ms) / 1000);
	struct tm tm;
	size_t size;

	if (!gmtime_r(&seconds, &tm) || tm.tm_year > 9999 - 1900) {
		snprintf(text, TEXT_TIME_SIZE, "?");
		return text;
	}
	size = strftime(text, TEXT_TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + size, TEXT_TIME_SIZE - size, ".%03dZ", (int)part_ms);
	return text;
}

const char *text_duration(int64_t duration_ms, char text[TEXT_TIME_SIZE])
{
	static const struct {
		int64_t seconds;
		const char *word;
	} units[] = {
		{ 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" },
	};
	int64_t seconds = duration_ms / 1000 + (duration_ms % 1000 > 0);
	size_t i = 0;
	int size;

	while (i < 3 && seconds < units[i].seconds)
		i++;
	size = snprintf(text, TEXT_TIME_SIZE, "%" PRId64 " %s",
			seconds / units[i].seconds, units[i].word);
	seconds %= units[i].seconds;
	if (i < 3 && seconds >= units[i + 1].seconds)
		snprintf(text + size, TEXT_TIME_SIZE - (size_t)size,
			 " %" PRId64 " %s", seconds / units[i + 1].seconds,
			 units[i + 1].word);
	return text;
}

unsigned text_word_bit(const char *const *words, const char *text, size_t size)
{
	for (unsigned i = 0; words[i]; i++)
		if (strlen(words[i]) == size &&
		    strncmp(words[i], text, size) == 0)
			return 1U << i;
	return 0;
}

#define DURATION_SECONDS_MAX (3650LL * 24 * 60 * 60)

bool text_duration_parse(const char *text, int64_t *duration_ms)
{
	static const char units[] = "smhd";
	static const int64_t seconds[] = { 1, 60, 60 * 60, 24 * 60 * 60 };
	size_t digits = strspn(text, "0123456789");
	const char *unit = strchr(units, text[digits] ? text[digits] : 's');
	int64_t value;

	if (digits == 0 || digits > 9 || !unit ||
	    (text[digits] && text[digits + 1]))
		return false;
	value = strtoll(text, NULL, 10) * seconds[unit - units];
	*duration_ms = value * 1000;
	return value > 0 && value <= DURATION_SECONDS_MAX;
}

char *text_when(int64_t time_ms, int64_t now_ms)
{
	char when[TEXT_TIME_SIZE], distance[TEXT_TIME_SIZE];

	text_time_local(time_ms, when);
	if (time_ms > now_ms)
		return xasprintf("%s, in %s", when,
				 text_duration(time_ms - now_ms, distance));
	return xasprintf("%s, %s ago", when,
			 text_duration(now_ms - time_ms, distance));
}

char *text_to_utf8(const char *text)
{
	char *copy = xcalloc(strlen(text) + 1, sizeof("\\xHH") - 1);
	char *end = copy;

	while (*text) {
		size_t size = character_size(text);

		if (size)
			memcpy(end, text, size);
		else
			snprintf(end, sizeof("\\xHH"), "\\x%02x",
				 (unsigned char)*text);
		end += size ? size : sizeof("\\xHH") - 1;
		text += size ? size : 1;
	}
	return copy;
}
