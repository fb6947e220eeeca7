/* SPDX-License-Identifier: MIT */
#include "support/talk.h"

#include "base/xalloc.h"
#include "unit.h"

struct dialogue dialogue;

void check_told(const char *told)
{
	size_t size = dialogue.out_size;

	if (size != strlen(told) || memcmp(dialogue.out, told, size) != 0)
		fail_msg("told \"%.*s\", want \"%s\"", (int)size,
			 (const char *)dialogue.out, told);
	dialogue.out_size = 0;
}

static size_t size_of(const struct line *line)
{
	return line->size ? line->size : strlen(line->says);
}

void talk(enum application application, const struct line *lines, size_t n,
	  size_t step, enum starttls want)
{
	starttls_begin(&dialogue, application, "mx.test");
	for (size_t i = 0; i < n; i++) {
		const uint8_t *octets = (const uint8_t *)lines[i].says;

		if (lines[i].told)
			check_told(lines[i].told);
		for (size_t k = 0; k < size_of(&lines[i]); k += step) {
			size_t left = size_of(&lines[i]) - k;

			starttls_take(&dialogue, octets + k,
				      left < step ? left : step);
		}
	}
	if (dialogue.stands != want)
		fail_msg("%s, %zu at a time: ends as %u, want %u (\"%s\")",
			 application_word(application), step, dialogue.stands,
			 want, dialogue.seen);
}

void check_talk(enum application application, const struct line *lines,
		size_t n, enum starttls want)
{
	talk(application, lines, n, 1, want);
	talk(application, lines, n, 3, want);
	talk(application, lines, n, SIZE_MAX / 2, want);
}

void check_one(enum application application, const char *says,
	       enum starttls want)
{
	const struct line line = { says, NULL, 0 };

	check_talk(application, &line, 1, want);
}

void check_octets(enum application application, const char *octets,
		  size_t size, enum starttls want)
{
	const struct line line = { octets, NULL, size };

	check_talk(application, &line, 1, want);
}
