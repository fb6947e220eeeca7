/* SPDX-License-Identifier: MIT */
#include "sim.h"

#include <string.h>

void disk_note(struct sim *sim, struct node *dir, const char *name)
{
	const struct entry *entry = files_find(dir, name);
	struct disk_change *changes;

	if (sim->change_count == sim->change_room) {
		sim->change_room = sim->change_room ? 2 * sim->change_room :
						      16;
		changes = sim_alloc(sim, sim->change_room * sizeof(*changes));
		if (sim->change_count)
			memcpy(changes, sim->changes, sim->change_count *
			       sizeof(*changes));
		sim->changes = changes;
	}
	sim->changes[sim->change_count++] = (struct disk_change){
		dir, sim_text(sim, "%s", name), entry ? entry->node : NULL,
		sim->calls, sim->now_ms };
}

void disk_sync(struct sim *sim, const struct node *dir)
{
	size_t kept = 0;

	for (size_t i = 0; i < sim->change_count; i++)
		if (sim->changes[i].dir != dir)
			sim->changes[kept++] = sim->changes[i];
	sim->change_count = kept;
}

void disk_settle(struct sim *sim)
{
	size_t settled = 0;

	while (settled < sim->change_count &&
	       sim->changes[settled].made_ms + MINUTE < sim->now_ms)
		settled++;
	sim->changes += settled;
	sim->change_count -= settled;
	sim->change_room -= settled;
}

static void undo(struct sim *sim, const struct disk_change *change)
{
	if (change->before)
		files_add(sim, change->dir, change->name, change->before);
	else
		files_drop(sim, change->dir, change->name);
}

static bool is_first_of_its(const struct sim *sim, size_t change)
{
	for (size_t i = 0; i < change; i++)
		if (sim->changes[i].dir == sim->changes[change].dir)
			return false;
	return true;
}

size_t disk_ways(const struct sim *sim)
{
	size_t ways = sim->change_count;

	for (size_t i = 0; i < sim->change_count; i++)
		ways += is_first_of_its(sim, i);
	return ways;
}

static void cut_from(struct sim *sim, size_t keep)
{
	size_t count = sim->change_count;

	/* A call is undone as a whole, or not at all. */
	while (keep > 0 && keep < count &&
	       sim->changes[keep].call == sim->changes[keep - 1].call)
		keep--;
	for (size_t i = count; i-- > keep;)
		undo(sim, &sim->changes[i]);
	sim_log(sim, "the power is cut: %zu of %zu changes are lost",
		count - keep, count);
}

static void cut_directory(struct sim *sim, size_t number)
{
	size_t first = 0;

	while (!is_first_of_its(sim, first) || --number)
		first++;
	for (size_t i = sim->change_count; i-- > first;)
		if (sim->changes[i].dir == sim->changes[first].dir)
			undo(sim, &sim->changes[i]);
	sim_log(sim, "the power is cut: one directory loses its changes");
}

void disk_cut(struct sim *sim, size_t keep)
{
	if (keep <= sim->change_count)
		cut_from(sim, keep);
	else
		cut_directory(sim, keep - sim->change_count);
	sim->change_count = 0;
}

/* All changes to the directory of FIRST from some point on. */
static void cut_one(struct sim *sim, size_t first)
{
	const struct node *dir = sim->changes[first].dir;
	size_t keep = (size_t)sim_between(sim, (int64_t)first,
					  (int64_t)sim->change_count);

	while (keep > first && keep < sim->change_count &&
	       sim->changes[keep].call == sim->changes[keep - 1].call)
		keep--;
	for (size_t i = sim->change_count; i-- > keep;)
		if (sim->changes[i].dir == dir)
			undo(sim, &sim->changes[i]);
	disk_sync(sim, dir);
}

void disk_cut_somehow(struct sim *sim)
{
	if (sim_chance(sim, 500)) {
		disk_cut(sim, (size_t)sim_between(sim, 0,
					(int64_t)sim->change_count));
		return;
	}
	sim_log(sim, "the power is cut: each directory loses some of %zu "
		"changes", sim->change_count);
	while (sim->change_count)
		cut_one(sim, 0);
}
