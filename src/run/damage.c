/* SPDX-License-Identifier: MIT */
#include "run/damage.h"

#include "base/bounds.h"
#include "base/lineage_name.h"
#include "base/path.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "disk/atomic.h"
#include "world/trust.h"

#include <stdlib.h>

static struct damaged *find(const struct damage *damage, const char *target)
{
	for (size_t i = 0; i < damage->count; i++)
		if (streq(damage->items[i].target, target))
			return &damage->items[i];
	return NULL;
}

/* "update of OWNER" is the longest. */
#define SUBJECT_SIZE_MAX 1200

static struct damaged *add(struct damage *damage, const char *target)
{
	struct damaged *item = array_push(damage->items, damage->count);

	*item = (struct damaged){ .target = xstrdup(target) };
	return item;
}

static bool is_subject(const char *text)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return false;
	return strlen(text) <= SUBJECT_SIZE_MAX && text_is_utf8(text);
}

/* A lineage, or what check found of one: "NAME: SUBJECT". */
static bool is_title(const char *text)
{
	const char *end = strstr(text, ": ");
	char *name = end ? xstrndup(text, (size_t)(end - text)) :
			   xstrdup(text);
	bool valid = lineage_name_valid(name) && (!end || is_subject(end));

	free(name);
	return valid;
}

static void read_item(struct damage *damage, const char *target,
		      const json_t *json)
{
	struct reader reader = { NULL };
	struct alarm_note note = { NULL, 0, NULL, 0 };

	alarm_note_read(&reader, json, 0, &note);
	if (reader.fault || !is_title(target))
		alarm_note_clear(&note);
	else
		add(damage, target)->note = note;
	free(reader.fault);
}

static char *path_beside(const char *status_file, const char *file)
{
	char *directory, *path;

	if (!status_file)
		return NULL;
	directory = path_directory(status_file);
	path = xasprintf("%s/%s", directory, file);
	free(directory);
	return path;
}

/* The text of the file, or NULL. That beside the status file is there only
 * where it is the newer one. */
static char *read_text(struct world *world, int dir,
		       const struct damage *damage, size_t *size)
{
	const char *beside = damage->beside;
	char *fault = beside ? trust_fault(world, beside) : NULL;
	char *text = NULL;

	if (beside && !fault &&
	    world->file_read(world, WORLD_CWD, beside, NOTES_SIZE_MAX, &text,
			     size, NULL) == 0)
		return text;
	free(fault);
	return world->file_read(world, dir, damage->file, NOTES_SIZE_MAX,
				&text, size, NULL) == 0 ? text : NULL;
}

void damage_load(struct world *world, int dir, const char *file,
		 const char *status_file, struct damage *damage)
{
	json_t *json, *value;
	const char *target;
	char *text;
	size_t size;

	*damage = (struct damage){ .file = file,
				   .beside = path_beside(status_file, file) };
	text = read_text(world, dir, damage, &size);
	if (!text)
		return;
	json = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	json_object_foreach(json, target, value)
		read_item(damage, target, value);
	json_decref(json);
	free(text);
}

void damage_found(struct damage *damage, const char *target,
		  const char *text, int64_t now_ms)
{
	struct damaged *item = find(damage, target);

	if (!item)
		item = add(damage, target);
	damage->is_new |= alarm_note_found(&item->note, text, now_ms);
}

void damage_gone(struct damage *damage, const char *target, int64_t now_ms)
{
	struct damaged *item = find(damage, target);

	if (item)
		damage->is_new |= alarm_note_found(&item->note, NULL, now_ms);
}

bool damage_hand_back(struct damage *damage, const char *target,
		      struct alarm_note *note)
{
	struct damaged *item = find(damage, target);

	if (!item || !(item->note.text || item->note.told))
		return false;
	if (note->text && item->note.text)
		note->since_ms = item->note.since_ms;
	if (!note->told) {
		note->told = item->note.told;
		note->told_ms = item->note.told_ms;
		item->note.told = NULL;
	}
	alarm_note_clear(&item->note);
	damage->is_new = true;
	return true;
}

void damage_keep(struct damage *damage, const char *target,
		 const struct alarm_note *note)
{
	struct damaged *item = find(damage, target);

	if (!item)
		item = add(damage, target);
	alarm_note_clear(&item->note);
	item->note = (struct alarm_note){
		.text = note->text ? xstrdup(note->text) : NULL,
		.since_ms = note->since_ms,
		.told = note->told ? xstrdup(note->told) : NULL,
		.told_ms = note->told_ms,
	};
	damage->is_new = true;
}

/* ---- Saved ------------------------------------------------------------- */

static json_t *damage_json(const struct damage *damage)
{
	json_t *all = json_object(), *json;

	for (size_t i = 0; i < damage->count; i++) {
		const struct damaged *item = &damage->items[i];

		if (!item->note.text && !item->note.told)
			continue;
		json = json_object();
		alarm_note_put(&item->note, json);
		json_object_set_new(all, item->target, json);
	}
	return all;
}

static int remove_file(struct world *world, int dir, const char *name)
{
	int error = world->file_remove(world, dir, name);

	return error == -ENOENT ? 0 : error;
}

static int write_text(struct world *world, int dir,
		      const struct damage *damage, const char *text)
{
	const char *beside = damage->beside;
	int error = atomic_replace_file(world, dir, damage->file, text,
					strlen(text), 0600);

	if (!beside)
		return error;
	return error ? atomic_replace_path(world, beside, text, 0600) :
		       remove_file(world, WORLD_CWD, beside);
}

static int remove_both(struct world *world, int dir,
		       const struct damage *damage)
{
	const char *beside = damage->beside;
	int error = remove_file(world, dir, damage->file);
	int other = beside ? remove_file(world, WORLD_CWD, beside) : 0;

	return error ? error : other;
}

int damage_save(struct world *world, int dir, struct damage *damage)
{
	json_t *all;
	char *text;
	int error;

	if (!damage->is_new)
		return 0;
	all = damage_json(damage);
	text = json_dumps(all, JSON_INDENT(1));
	invariant(text);
	error = json_object_size(all) ?
		write_text(world, dir, damage, text) :
		remove_both(world, dir, damage);
	free(text);
	json_decref(all);
	damage->is_new = error != 0;
	return error;
}

void damage_clear(struct damage *damage)
{
	for (size_t i = 0; i < damage->count; i++) {
		free(damage->items[i].target);
		alarm_note_clear(&damage->items[i].note);
	}
	free(damage->items);
	free(damage->beside);
	*damage = (struct damage){ .items = NULL };
}
