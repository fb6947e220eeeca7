/* SPDX-License-Identifier: MIT */
#include "state/alarm_note.h"

#include "base/bounds.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "state/text_json.h"

#include <stdlib.h>

#define DAY_MS (24 * 3600 * 1000)

void alarm_note_clear(struct alarm_note *note)
{
	free(note->text);
	free(note->told);
	*note = (struct alarm_note){ NULL, 0, NULL, 0 };
}

static void forget_told(struct alarm_note *note)
{
	free(note->told);
	note->told = NULL;
	note->told_ms = 0;
}

/* As it can be kept: it goes to JSON, and the state's file has a bound. */
static char *kept(const char *text)
{
	char *utf8 = text_to_utf8(text);
	size_t size = strlen(utf8);

	if (size > ALARM_TEXT_MAX) {
		for (size = ALARM_TEXT_MAX; (utf8[size] & 0xc0) == 0x80; size--)
			;
		utf8[size] = '\0';
	}
	return utf8;
}

static bool found_trouble(struct alarm_note *note, const char *text,
			  int64_t now_ms)
{
	char *now = kept(text);

	if (streq(note->text, now)) {
		free(now);
		return false;
	}
	if (!note->text) {
		note->since_ms = now_ms;
		forget_told(note);
	}
	free(note->text);
	note->text = now;
	return true;
}

bool alarm_note_found(struct alarm_note *note, const char *text,
		      int64_t now_ms)
{
	if (text)
		return found_trouble(note, text, now_ms);
	if (!note->text)
		return false;
	free(note->text);
	note->text = NULL;
	/* Who was told of it is told since when it had been. */
	if (!note->told)
		note->since_ms = 0;
	return true;
}

enum alarm_event alarm_note_due(const struct alarm_note *note,
				int64_t now_ms)
{
	if (!note->text)
		return note->told ? ALARM_END : ALARM_QUIET;
	if (!note->told)
		return ALARM_BEGIN;
	/* A clock that was set back must not silence it for years. */
	return now_ms - note->told_ms >= DAY_MS || now_ms < note->told_ms ?
	       ALARM_STAND : ALARM_QUIET;
}

void alarm_note_told(struct alarm_note *note, int64_t now_ms)
{
	forget_told(note);
	if (!note->text) {
		note->since_ms = 0;
		return;
	}
	note->told = xstrdup(note->text);
	note->told_ms = now_ms;
}

void alarm_note_put(const struct alarm_note *note, json_t *object)
{
	json_object_set_new(object, "alarm", text_json(note->text));
	json_object_set_new(object, "alarm_since_ms",
			    json_integer(note->since_ms));
	json_object_set_new(object, "notified", text_json(note->told));
	json_object_set_new(object, "notified_ms",
			    json_integer(note->told_ms));
}

void alarm_note_read(struct reader *reader, const json_t *object,
		     int64_t saved_ms, struct alarm_note *note)
{
	note->text = field_optional_text(reader, object, "alarm");
	if (json_object_get(object, "alarm_since_ms"))
		note->since_ms = field_clock(reader, object,
					     "alarm_since_ms");
	else if (note->text)
		note->since_ms = saved_ms;
	if (json_object_get(object, "notified"))
		note->told = field_optional_text(reader, object, "notified");
	if (json_object_get(object, "notified_ms"))
		note->told_ms = field_clock(reader, object, "notified_ms");
}
