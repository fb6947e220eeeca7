/* SPDX-License-Identifier: MIT */
#include "tell/notice.h"

#include "base/bounds.h"
#include "base/log.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "tell/report.h"

#include <stdio.h>
#include <stdlib.h>

struct text {
	FILE *stream;
	char *text;
	size_t size;
};

static void text_open(struct text *text)
{
	text->stream = open_memstream(&text->text, &text->size);
	must(text->stream);
}

static char *text_close(struct text *text)
{
	must(fclose(text->stream) == 0);
	return text->text;
}

static size_t named(size_t count)
{
	return count < NOTICE_TARGETS_MAX ? count : NOTICE_TARGETS_MAX;
}

static char *name_targets(const struct concern *concerns, size_t count)
{
	struct text text;

	text_open(&text);
	for (size_t i = 0; i < named(count); i++) {
		char *name = log_escape(concerns[i].name);

		fprintf(text.stream, "%s%s", i ? " " : "", name);
		free(name);
	}
	return text_close(&text);
}

/* ---- Subject ---------------------------------------------------------- */

static const char *phrase(enum alarm_event event, bool one)
{
	switch (event) {
	case ALARM_QUIET:
		break;
	case ALARM_BEGIN:
		return one ? "is in trouble" : "are in trouble";
	case ALARM_STAND:
		return one ? "is still in trouble" : "are still in trouble";
	case ALARM_END:
		return one ? "is out of trouble" : "are out of trouble";
	}
	return "";
}

static char *make_subject(enum alarm_event event,
			  const struct concern *concerns, size_t count)
{
	char *name = log_escape(concerns[0].name);
	char *subject = count == 1 ?
		xasprintf("alnitak: %s %s", name, phrase(event, true)) :
		xasprintf("alnitak: %s and %zu more %s", name, count - 1,
			  phrase(event, false));

	free(name);
	return subject;
}

/* ---- Text ------------------------------------------------------------- */

static const char *time_text(int64_t time_ms, char when[TEXT_TIME_SIZE])
{
	return time_ms ? text_time(time_ms, when) : "?";
}

static void put_concern(FILE *stream, enum alarm_event event,
			const struct concern *concern)
{
	const struct alarm_note *note = concern->note;
	char *line = log_escape(event == ALARM_END ? note->told : note->text);
	char when[TEXT_TIME_SIZE];
	bool cut = strlen(line) > NOTICE_LINE_MAX;

	fprintf(stream, "%.*s%s\n(%s since %s)\n\n", NOTICE_LINE_MAX, line,
		cut ? ".." : "", event == ALARM_END ? "over; it stood" : "it "
		"stands", time_text(note->since_ms, when));
	free(line);
}

static char *make_text(enum alarm_event event, const struct concern *concerns,
		       size_t count)
{
	size_t shown = named(count);
	struct text text;

	text_open(&text);
	for (size_t i = 0; i < shown; i++)
		put_concern(text.stream, event, &concerns[i]);
	if (count > shown)
		fprintf(text.stream, "And so are %zu more.\n\n",
			count - shown);
	fputs(event == ALARM_END ?
	      "`alnitak status` says where every target stands.\n" :
	      "`alnitak status` says where every target stands, `alnitak "
	      "check` what is good\nand what is not.\n", text.stream);
	return text_close(&text);
}

static char *oldest(const struct concern *concerns, size_t count)
{
	int64_t since_ms = concerns[0].note->since_ms;
	char when[TEXT_TIME_SIZE];

	for (size_t i = 1; i < count; i++)
		if (concerns[i].note->since_ms < since_ms)
			since_ms = concerns[i].note->since_ms;
	return xstrdup(time_text(since_ms, when));
}

struct notice notice_make(enum alarm_event event,
			  const struct concern *concerns, size_t count)
{
	invariant(count > 0 && event != ALARM_QUIET);
	return (struct notice){
		.event = event,
		.targets = name_targets(concerns, count),
		.subject = make_subject(event, concerns, count),
		.text = make_text(event, concerns, count),
		.since = oldest(concerns, count),
	};
}

void notice_clear(struct notice *notice)
{
	free(notice->targets);
	free(notice->subject);
	free(notice->text);
	free(notice->since);
	*notice = (struct notice){ .event = ALARM_QUIET };
}
