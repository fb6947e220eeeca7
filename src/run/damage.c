/* SPDX-License-Identifier: MIT */
#include "run/damage.h"

#include "base/bounds.h"
#include "base/lineage_name.h"
#include "base/xalloc.h"
#include "disk/atomic.h"

#include <stdlib.h>

static struct damaged *find(const struct damage *damage, const char *target)
{
	for (size_t i = 0; i < damage->count; i++)
		if (streq(damage->items[i].target, target))
			return &damage->items[i];
	return NULL;
}

static struct damaged *add(struct damage *damage, const char *target)
{
	struct damaged *item = array_push(damage->items, damage->count);

	*item = (struct damaged){ .target = xstrdup(target) };
	return item;
}

static void read_item(struct damage *damage, const char *target,
		      const json_t *json)
{
	struct reader reader = { NULL };
	struct alarm_note note = { NULL, 0, NULL, 0 };

	alarm_note_read(&reader, json, 0, &note);
	if (reader.fault || !lineage_name_valid(target))
		alarm_note_clear(&note);
	else
		add(damage, target)->note = note;
	free(reader.fault);
}

void damage_load(struct world *world, int dir, struct damage *damage)
{
	json_t *json, *value;
	const char *target;
	char *text;
	size_t size;

	*damage = (struct damage){ NULL, 0, false };
	if (world->file_read(world, dir, DAMAGE_NAME, NOTES_SIZE_MAX, &text,
			     &size, NULL))
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

static int write_all(struct world *world, int dir, const json_t *json)
{
	char *text = json_dumps(json, JSON_INDENT(1));
	int error;

	invariant(text);
	error = atomic_replace_file(world, dir, DAMAGE_NAME, text,
				    strlen(text), 0600);
	free(text);
	return error;
}

int damage_save(struct world *world, int dir, struct damage *damage)
{
	json_t *all, *json;
	int error;

	if (!damage->is_new)
		return 0;
	all = json_object();
	for (size_t i = 0; i < damage->count; i++) {
		const struct damaged *item = &damage->items[i];

		if (!item->note.text && !item->note.told)
			continue;
		json = json_object();
		alarm_note_put(&item->note, json);
		json_object_set_new(all, item->target, json);
	}
	error = json_object_size(all) ? write_all(world, dir, all) :
		world->file_remove(world, dir, DAMAGE_NAME);
	json_decref(all);
	if (error == -ENOENT)
		error = 0;
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
	*damage = (struct damage){ NULL, 0, false };
}
