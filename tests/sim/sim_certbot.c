/* SPDX-License-Identifier: MIT */
#include "sim.h"

#include "base/xalloc.h"

#include <stdlib.h>

/*
 * certbot renew: locks, runs hooks, writes the archive, moves the live links
 * one at a time, deletes old versions beyond five, and may die anywhere.
 */
#define LETSENCRYPT "/etc/letsencrypt"

bool certbot_idle(const struct sim *sim)
{
	return sim->certbot.step == CERTBOT_IDLE;
}

static char *archive_path(struct sim *sim, const struct target *target,
			  unsigned kind, unsigned number)
{
	return sim_text(sim, LETSENCRYPT "/archive/%s/%s%u.pem", target->name,
			file_kind_names[kind], number);
}

static char *live_path(struct sim *sim, const struct target *target,
		       unsigned kind)
{
	return sim_text(sim, LETSENCRYPT "/live/%s/%s.pem", target->name,
			file_kind_names[kind]);
}

/* Does the dane link of TARGET that services read their certificate by lead to
 * live? A switch link by link may have been killed before that one. */
static bool at_rest(struct sim *sim, const struct target *target)
{
	char *path = sim_text(sim, "/etc/alnitak/dane/%s/fullchain.pem",
			      target->name);
	int error;
	const struct node *node = files_walk(sim, sim->root, path, false,
					     &error);

	return node && node->kind == NODE_LINK && strstr(node->data, "/live/");
}

/* Before a live link moves. Where a pre hook completed in this run the links
 * must be pinned, and nothing excuses what follows; unless the lineage was
 * deleted, so that there was nothing left to pin to. */
static void add_stray(struct target *target)
{
	target->strays |= 1ULL << (target->live->id.serial - 1);
}

static void note_stray(struct sim *sim, struct target *target)
{
	target->could_start = false;
	if (sim->certbot.pre_done && !sim->certbot.put_back &&
	    target->deployed)
		return;
	if (!target->stray && !at_rest(sim, target)) {
		target->is_loose = true;
		return;
	}
	if (!target->stray)
		target->strays = 0;
	add_stray(target);
	target->stray = true;
	target->stray_ms = sim->now_ms;
}

/* A pin that was not on the disk when its pre hook failed, and said so. */
void certbot_lost_pin(struct sim *sim, struct target *target)
{
	if (target->is_loose && at_rest(sim, target))
		note_stray(sim, target);
}

static void move_live(struct sim *sim, struct target *target, unsigned kind)
{
	note_stray(sim, target);
	files_link(sim, live_path(sim, target, kind),
		   sim_text(sim, "../../archive/%s/%s%u.pem", target->name,
			    file_kind_names[kind], target->number));
}

static void write_archive(struct sim *sim, struct target *target,
			  unsigned kind)
{
	files_put(sim, archive_path(sim, target, kind, target->number),
		  target->live->pem[kind]);
}

/* Nothing is left that could go into service instead of what certbot issues
 * now; or no command has lived since that was so. */
static bool is_forced(struct sim *sim, struct target *target)
{
	bool unseen = target->stray && target->forced == target->live;

	return target->was_deleted && ((target->forced && unseen) ||
	       (!target->deployed && !services_would_load(sim, target)));
}

static int choose_key(struct sim *sim, const struct target *target)
{
	if (sim->takes_old_key)
		return target->issued[0]->id.key;
	if (sim_fault(sim, sim->faults.old_key) && target->issued_count)
		return target->issued[sim_between(sim, 0,
				target->issued_count - 1)]->id.key;
	if (target->issued_count && (sim->keeps_key ||
	    sim_fault(sim, sim->faults.same_key)))
		return target->issued[target->issued_count - 1]->id.key;
	return (int)target->issued_count + 1;
}

/* In some hours or days, and not at too many different times: certificates
 * are made once for all runs. */
static int64_t choose_end(struct sim *sim)
{
	static const int64_t lives_ms[] = { 12 * HOUR, DAY, 3 * DAY, 8 * DAY };
	int64_t end_ms = sim->now_ms + lives_ms[sim_between(sim, 0, 3)];

	end_ms += 6 * HOUR - end_ms % (6 * HOUR);
	return TRUE_WALL_SECONDS + end_ms / SECOND;
}

/* Within a day, as where the clock of its issuer is ahead of ours. */
static int64_t choose_beginning(struct sim *sim)
{
	int64_t begins_ms = sim->now_ms + 6 * HOUR * sim_between(sim, 1, 4);

	begins_ms -= begins_ms % (6 * HOUR);
	return TRUE_WALL_SECONDS + begins_ms / SECOND;
}

/* Somebody has another certificate sent above the same leaf. */
static bool replaces_issuer(struct sim *sim, const struct target *target)
{
	return target->live && (sim->crosses_issuer ||
	       sim_fault(sim, sim->faults.issuer_replaced));
}

/* What was issued already is no other certificate when it is sent again. */
static const struct cert *same_content(const struct target *target,
				       const struct cert_id *id)
{
	for (unsigned i = 0; i < target->issued_count; i++) {
		const struct cert *old = target->issued[i];

		if (old->id.leaf == id->leaf && old->id.crossed == id->crossed)
			return old;
	}
	return cert_get(id);
}

static const struct cert *make_cert(struct sim *sim, struct target *target)
{
	struct cert_id id = { .lineage = target->lineage };

	if (replaces_issuer(sim, target)) {
		id = target->live->id;
		id.crossed = !id.crossed;
		id.serial = (int)target->issued_count + 1;
		return same_content(target, &id);
	}
	if (target->live)
		id.issuer = target->live->id.issuer;
	if (sim->changes_issuer || sim_fault(sim, sim->faults.issuer))
		id.issuer = !id.issuer;
	id.key = choose_key(sim, target);
	id.serial = id.leaf = (int)target->issued_count + 1;
	if (sim->first_expires && !target->issued_count)
		id.ends_seconds = TRUE_WALL_SECONDS + DAY / SECOND;
	else if (sim_fault(sim, sim->faults.expires))
		id.ends_seconds = choose_end(sim);
	else if (sim_fault(sim, sim->faults.begins_late))
		id.begins_seconds = choose_beginning(sim);
	return cert_get(&id);
}

static void choose(struct sim *sim, struct target *target)
{
	bool forced = is_forced(sim, target);

	invariant(target->issued_count < ISSUED_MAX);
	target->live = make_cert(sim, target);
	target->issued[target->issued_count++] = target->live;
	target->number = ++target->last_number;
	target->archive[target->number] = target->live;
	/* And if certbot dies now, nothing is there that could be shown. */
	if (forced) {
		target->forced = target->live;
		target->deployed = false;
	}
	target->exists = true;
	sim_log(sim, "certbot: issued %s as %s number %u", target->live->title,
		target->name, target->number);
}

void certbot_issue_first(struct sim *sim, struct target *target)
{
	choose(sim, target);
	for (unsigned kind = 0; kind < FILE_KINDS; kind++) {
		write_archive(sim, target, kind);
		move_live(sim, target, kind);
	}
	target->deployed = true;
}

void certbot_delete(struct sim *sim, struct target *target)
{
	files_delete(sim, sim_text(sim, LETSENCRYPT "/live/%s",
				   target->name));
	files_delete(sim, sim_text(sim, LETSENCRYPT "/archive/%s",
				   target->name));
	target->exists = target->deployed = false;
	target->was_deleted = true;
	target->could_start = false;
	target->number = target->last_number = 0;
	if (!target->stray)
		target->strays = 0;
	target->stray = true;
	target->stray_ms = sim->now_ms;
	sim_log(sim, "certbot: deleted %s", target->name);
}

static bool is_in_archive(struct sim *sim, const struct target *target,
			  unsigned number)
{
	for (unsigned kind = 0; kind < FILE_KINDS; kind++)
		if (!files_path(sim, archive_path(sim, target, kind, number)))
			return false;
	return true;
}

void certbot_go_back(struct sim *sim, struct target *target)
{
	if (target->deployed)
		certbot_go_back_to(sim, target, (unsigned)
				   sim_between(sim, 1, target->last_number));
}

/* By hand, or as a failed renewal does: no hook runs. */
void certbot_go_back_to(struct sim *sim, struct target *target,
			unsigned number)
{
	if (number == target->number || !is_in_archive(sim, target, number))
		return;
	sim->certbot.pre_done = false;
	target->number = number;
	target->live = target->archive[number];
	for (unsigned kind = 0; kind < FILE_KINDS; kind++)
		move_live(sim, target, kind);
	sim_log(sim, "somebody: live/%s goes back to %s number %u",
		target->name, target->live->title, number);
}

static bool is_deployed(struct sim *sim, const struct target *target)
{
	for (unsigned kind = 0; kind < FILE_KINDS; kind++) {
		const struct node *node =
			files_path(sim, live_path(sim, target, kind));

		if (!node || node->hash != target->live->hash[kind])
			return false;
	}
	return true;
}

/* What live shows is complete, or was when certbot died: then it moves all
 * links to the latest version, also those whose content stays. */
static void ensure_deployed(struct sim *sim, struct target *target)
{
	if (!target->exists || is_deployed(sim, target) ||
	    !is_in_archive(sim, target, target->number))
		return;			/* died while it wrote */
	for (unsigned kind = 0; kind < FILE_KINDS; kind++)
		move_live(sim, target, kind);
}

void certbot_begin(struct sim *sim, const struct renewal *renewal)
{
	struct certbot *certbot = &sim->certbot;

	*certbot = (struct certbot){ .step = CERTBOT_PRE,
				     .next_ms = sim->now_ms,
				     .hooks = renewal->hooks,
				     .dry = renewal->dry };
	for (size_t i = 0; i < sim->target_count; i++)
		certbot->due[i] = renewal->due[i];
	sim->certbot_locked = true;
	sim->quiet_ms = sim->now_ms;
	sim->renewals++;
	sim_log(sim, "certbot: begins%s%s", renewal->hooks ? "" :
		" without hooks", renewal->dry ? ", a dry run" : "");
	for (size_t i = 0; i < sim->target_count; i++)
		ensure_deployed(sim, &sim->targets[i]);
}

static void next_target(struct sim *sim)
{
	struct certbot *certbot = &sim->certbot;

	while (certbot->at < sim->target_count && !certbot->due[certbot->at])
		certbot->at++;
	certbot->part = 0;
	certbot->step = certbot->at < sim->target_count && !certbot->dry ?
			CERTBOT_ISSUE : CERTBOT_POST;
}

/* Each may be missing by itself, or not be found. */
static int hook(struct sim *sim, const char *command)
{
	static const char *const hooks[] = { "pre", "deploy", "post" };
	bool missing = !sim->certbot.hooks;

	for (unsigned i = 0; i < 3; i++)
		missing |= sim->hooks_missing >> i & 1 &&
			   streq(command, hooks[i]);
	if (missing || sim_fault(sim, sim->faults.hook_missing)) {
		sim_log(sim, "certbot: no %s hook", command);
		return -1;
	}
	return sim_command(sim, command);
}

static void clean(struct sim *sim, struct target *target)
{
	target->could_start = false;
	for (unsigned number = 1; number + ARCHIVE_KEPT < target->last_number;
	     number++)
		for (unsigned kind = 0; kind < FILE_KINDS; kind++) {
			char *path = archive_path(sim, target, kind, number);

			if (!files_path(sim, path))
				continue;
			files_delete(sim, path);
			target->cleaned_ms = sim->now_ms;
		}
}

static bool is_hook(enum certbot_step step)
{
	return step == CERTBOT_PRE || step == CERTBOT_DEPLOY ||
	       step == CERTBOT_POST;
}

/* One that needs a person may have done less than all. */
static bool has_completed(const struct sim *sim, int status)
{
	return status == EXIT_DONE || (status == EXIT_FAILED && !sim->troubled);
}

static void work(struct sim *sim)
{
	struct certbot *certbot = &sim->certbot;
	struct target *target = &sim->targets[certbot->at];

	switch (certbot->step) {
	case CERTBOT_IDLE:
		break;
	case CERTBOT_PRE:
		certbot->step = CERTBOT_END;
		certbot->pre_done = has_completed(sim, hook(sim, "pre"));
		next_target(sim);
		break;
	case CERTBOT_ISSUE:
		choose(sim, target);
		certbot->step = CERTBOT_FILES;
		break;
	case CERTBOT_FILES:
		write_archive(sim, target, certbot->part);
		if (++certbot->part == FILE_KINDS) {
			certbot->part = 0;
			certbot->step = CERTBOT_MOVE;
		}
		break;
	case CERTBOT_MOVE:
		if (certbot->part % 2) {
			move_live(sim, target, certbot->part / 2);
		} else if (files_path(sim, live_path(sim, target,
						     certbot->part / 2))) {
			note_stray(sim, target);
			files_delete(sim, live_path(sim, target,
						    certbot->part / 2));
		}
		if (++certbot->part == 2 * FILE_KINDS)
			certbot->step = CERTBOT_CLEAN;
		break;
	case CERTBOT_CLEAN:
		clean(sim, target);
		target->deployed = true;
		sim_log(sim, "certbot: live/%s shows %s", target->name,
			target->live->title);
		certbot->step = CERTBOT_DEPLOY;
		break;
	case CERTBOT_DEPLOY:
		hook(sim, "deploy");
		certbot->at++;
		next_target(sim);
		break;
	case CERTBOT_POST:
		hook(sim, "post");
		certbot->step = CERTBOT_END;
		break;
	case CERTBOT_END:
		certbot->step = CERTBOT_IDLE;
		sim->certbot_locked = false;
		sim_log(sim, "certbot: done");
		break;
	}
}

static int64_t pause_ms(struct sim *sim, enum certbot_step step)
{
	if (step == CERTBOT_ISSUE)
		return sim_between(sim, SECOND, 3 * MINUTE);
	return sim_between(sim, 0, is_hook(step) ? 200 : 20);
}

void certbot_event(struct sim *sim)
{
	struct certbot *certbot = &sim->certbot;

	/* A hook waits for the lock that the running command has. */
	if (sim->in_command && is_hook(certbot->step)) {
		certbot->next_ms = sim->now_ms + 100;
		return;
	}
	if (sim_fault(sim, sim->faults.certbot_dies)) {
		certbot->step = CERTBOT_END;
		sim_log(sim, "certbot: dies");
	}
	certbot->next_ms = FOREVER;
	work(sim);
	certbot->next_ms = sim->now_ms + pause_ms(sim, certbot->step);
}
