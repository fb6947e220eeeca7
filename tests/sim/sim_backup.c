/* SPDX-License-Identifier: MIT */
#include "sim.h"

#include <stdlib.h>

#define STATE "/var/lib/alnitak"
#define DANE "/etc/alnitak/dane"

/* Links of any kind are copied as what they are; two names of one file become
 * two files. */
static struct node *copy_tree(struct sim *sim, const struct node *from)
{
	struct node *copy = files_new(sim, from->kind);

	copy->mode = from->mode;
	copy->data = from->data;
	copy->size = from->size;
	copy->hash = from->hash;
	/* To put it back takes a while. */
	copy->changed_ms += MINUTE + SECOND;
	for (size_t i = 0; i < from->count; i++)
		files_add(sim, copy, from->entries[i].name,
			  copy_tree(sim, from->entries[i].node));
	return copy;
}

void backup_make(struct sim *sim)
{
	const struct node *state = files_path(sim, STATE "/targets");
	const struct node *dane = files_path(sim, DANE);

	if (!state || !dane)
		return;
	sim->backup = (struct backup){ copy_tree(sim, state),
				       copy_tree(sim, dane), sim->now_ms };
	sim_log(sim, "a backup is made");
}

/* Each name that the backup has, and no other. */
static void put_back(struct sim *sim, const char *path,
		     const struct node *from)
{
	struct node *goal = files_make_dirs(sim, path);

	for (size_t i = 0; from && i < from->count; i++)
		files_add(sim, goal, from->entries[i].name,
			  copy_tree(sim, from->entries[i].node));
}

static unsigned generation_in(struct sim *sim, struct node *dane,
			      const struct target *target)
{
	char *path = sim_text(sim, "%s/.generation", target->name);
	int error;
	const struct node *node = files_walk(sim, dane, path, false, &error);

	return node && node->kind == NODE_LINK ?
	       (unsigned)strtoul(node->data, NULL, 10) : 0;
}

/* A state that is older than the links counts as lost. */
static bool is_older_than_links(struct sim *sim)
{
	struct node *now = files_path(sim, DANE);

	for (size_t t = 0; t < sim->target_count; t++)
		if (generation_in(sim, sim->backup.dane, &sim->targets[t]) <
		    generation_in(sim, now, &sim->targets[t]))
			return true;
	return false;
}

static void put_back_states(struct sim *sim, bool lost)
{
	bool forgets = lost || is_older_than_links(sim);

	if (lost)
		files_make_dirs(sim, STATE "/targets")->count = 0;
	else
		put_back(sim, STATE "/targets", sim->backup.state);
	/* What any look since has told is not known any more. */
	dns_forget(sim, forgets ? INT64_MIN : sim->backup.made_ms);
	sim->put_back_ms = sim->now_ms;
	for (size_t t = 0; t < sim->target_count; t++)
		sim->targets[t].forgot = true;
}

static void put_back_links(struct sim *sim)
{
	const struct cert *before[TARGETS_MAX];

	for (size_t t = 0; t < sim->target_count; t++)
		before[t] = services_would_load(sim, &sim->targets[t]);
	put_back(sim, DANE, sim->backup.dane);
	for (size_t t = 0; t < sim->target_count; t++)
		services_links_put_back(sim, &sim->targets[t], before[t]);
	sim->certbot.put_back = true;
}

void backup_restore(struct sim *sim, enum backup_part part)
{
	static const char *const what[] = { "the states", "the links",
					    "states and links", NULL };

	if (part != BACKUP_NOTHING && !sim->backup.state)
		return;
	if (part == BACKUP_NOTHING)
		sim_log(sim, "fault: the states are lost");
	else
		sim_log(sim, "fault: %s are put back as of %.3f", what[part],
			(double)sim->backup.made_ms / 1000);
	if (part == BACKUP_DANE || part == BACKUP_BOTH)
		put_back_links(sim);
	if (part != BACKUP_DANE)
		put_back_states(sim, part == BACKUP_NOTHING);
	/* Whoever does such a thing sees it to the disk. */
	sim->change_count = 0;
	sim->quiet_ms = sim->now_ms;
	sim->files_version++;
}

void backup_lose(struct sim *sim, unsigned lost)
{
	sim_log(sim, "fault: lost are%s%s%s", lost & LOST_STATES ? " states" :
		"", lost & LOST_LINKS ? " links" : "",
		lost & LOST_HELD ? " held files" : "");
	if (lost & LOST_HELD)
		files_make_dirs(sim, STATE "/held")->count = 0;
	if (lost & LOST_LINKS)
		files_make_dirs(sim, DANE)->count = 0;
	if (lost & LOST_STATES)
		put_back_states(sim, true);
	sim->change_count = 0;
	sim->quiet_ms = sim->now_ms;
	sim->files_version++;
}

void backup_event(struct sim *sim)
{
	const struct faults *faults = &sim->faults;
	const struct server *primary = dns_primary(sim);

	if (!faults->state_restored && !faults->links_restored &&
	    !faults->state_lost)
		return;
	if (!sim->backup.state || sim_chance(sim, 150))
		backup_make(sim);
	/* What the primary accepted and does not show yet can be known by the
	 * state alone; to put it back takes longer than that. */
	if (sim->in_command || primary->accepted != primary->shown)
		return;
	if (sim_chance(sim, faults->state_restored))
		backup_restore(sim, sim_chance(sim, 250) ? BACKUP_BOTH :
							   BACKUP_STATE);
	if (sim_chance(sim, faults->state_lost / 4))
		backup_restore(sim, BACKUP_NOTHING);
	if (sim_chance(sim, faults->links_restored))
		backup_restore(sim, BACKUP_DANE);
}
