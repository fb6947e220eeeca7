/* SPDX-License-Identifier: MIT */
#include "run/journal.h"

#include "base/bounds.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "disk/lines.h"
#include "tell/deed.h"

#include <stdlib.h>

#define JOURNAL_NAME "journal"

static char *file_name(const char *target)
{
	return xasprintf("%s.jsonl", target);
}

/* ---- Writing ----------------------------------------------------------- */

/* Takes over DEED, which may be NULL. */
static char *line_of(json_t *deed)
{
	char *text = deed ? json_dumps(deed, JSON_COMPACT |
				       JSON_PRESERVE_ORDER) : NULL;
	char *line = text ? xasprintf("%s\n", text) : NULL;

	free(text);
	json_decref(deed);
	return line;
}

static const char *outcome_word(enum sent_outcome outcome)
{
	switch (outcome) {
	case SENT_NOT_SENT:
		return "not sent";
	case SENT_ACCEPTED:
		return "accepted";
	case SENT_REFUSED:
		return "refused";
	case SENT_OVERTAKEN:
		return "overtaken";
	case SENT_UNANSWERED:
		return "not answered";
	case SENT_ASKED:
		return "asked";
	case SENT_FAILED:
		return "failed";
	}
	return "?";
}

static void add_outcomes(json_t *deed, struct target *target)
{
	json_t *change;
	size_t i;

	json_array_foreach(json_object_get(deed, "changes"), i, change) {
		const struct sent *sent = target_sent(target,
			&target->action.changes.items[i]);

		json_object_set_new(change, "outcome", json_string(
			outcome_word(sent->outcome)));
	}
}

char *journal_line(struct target *target)
{
	json_t *deed = deed_json(&target->facts, &target->action);

	if (deed)
		add_outcomes(deed, target);
	return line_of(deed);
}

static int open_directory(struct pass *pass)
{
	struct world *world = pass->source.world;
	int state = pass->source.places.state;
	int error;

	if (pass->journal >= 0)
		return 0;
	error = world->dir_make(world, state, JOURNAL_NAME, 0700);
	if (error && error != -EEXIST)
		return error;
	pass->journal = world->dir_open(world, state, JOURNAL_NAME);
	return pass->journal < 0 ? pass->journal : 0;
}

static int append(struct pass *pass, const char *target, const char *line)
{
	char *name = file_name(target);
	int error = lines_append(pass->source.world, pass->journal, name, line,
				 JOURNAL_SIZE_MAX);

	free(name);
	return error;
}

void journal_write(struct pass *pass, const struct target *target, char *line)
{
	const char *name = target->config->name;
	int error = 0;

	if (line && !target->state->transient)
		error = open_directory(pass);
	if (line && !target->state->transient && !error)
		error = append(pass, name, line);
	if (error)
		log_verbose("%s: cannot write to its journal in %s/%s: %s",
			    name, pass->source.places.state_path, JOURNAL_NAME,
			    strerror(-error));
	free(line);
}

void journal_write_alarm(struct pass *pass, const struct target *target,
			 const char *before)
{
	const char *text = target->state ? target->state->alarm.text : NULL;
	struct moment now;

	if (!target->state || !text == !before)
		return;
	pass->source.world->now(pass->source.world, &now);
	journal_write(pass, target, line_of(deed_alarm_json(
		target->config->name, before ? before : text, before,
		now.wall_ms)));
}

/* ---- Reading ----------------------------------------------------------- */

static void add_line(json_t *journal, const char *line)
{
	json_t *deed = json_loads(line, 0, NULL);

	if (json_is_object(deed))
		json_array_append_new(journal, deed);
	else
		json_decref(deed);
}

json_t *journal_read(const struct pass *pass, const char *target)
{
	struct world *world = pass->source.world;
	int dir = world->dir_open(world, pass->source.places.state,
				  JOURNAL_NAME);
	json_t *journal = json_array();
	struct texts lines;
	char *name;

	if (dir < 0)
		return journal;
	name = file_name(target);
	lines_read(world, dir, name, JOURNAL_SIZE_MAX, &lines);
	for (size_t i = 0; i < lines.count; i++)
		add_line(journal, lines.items[i]);
	texts_clear(&lines);
	world->dir_close(world, dir);
	free(name);
	return journal;
}
