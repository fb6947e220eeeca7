/* SPDX-License-Identifier: MIT */
#include "run/notices.h"

#include "act/notify.h"
#include "base/bounds.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "run/damage.h"
#include "tell/alarm.h"
#include "tell/notice.h"

#include <stdlib.h>

/* Less than this is not enough to begin. */
#define TIME_LEFT_MS_MIN 1000

/* Somebody who has an alarm, or had one. */
struct item {
	const char *name;
	struct alarm_note *note;
	struct state *state;	/* that keeps NOTE; NULL: the file of those
				   whose state is damaged */
	bool is_new, is_lost;	/* NOTE is to be saved there; could not be */
};

struct sending {
	struct pass *pass;
	struct damage damage;
	struct item *items;
	size_t count;
	struct texts names;	/* of whom check found something */
	struct moment begun;
};

static struct item *add_item(struct sending *sending, const char *name,
			     struct alarm_note *note, struct state *state)
{
	struct item *item = array_push(sending->items, sending->count);

	*item = (struct item){ name, note, state, false, false };
	return item;
}

static const struct target *find_target(const struct pass *pass,
					const char *name)
{
	for (size_t i = 0; i < pass->targets.count; i++)
		if (streq(pass->targets.items[i].config->name, name))
			return &pass->targets.items[i];
	return NULL;
}

/* ---- Who -------------------------------------------------------------- */

/* A state that could not be saved is trouble that came after all else. */
static void add_target(struct sending *sending, struct target *target)
{
	struct state *state = target->state;
	const char *name = target->config->name;

	if (alarm_needs_person(target) && !state->alarm.text)
		alarm_note_found(&state->alarm, target->failure ?
				 target->failure : target->line,
				 sending->begun.wall_ms);
	add_item(sending, name, &state->alarm, state)->is_new =
		damage_hand_back(&sending->damage, name, &state->alarm);
}

static void add_targets(struct sending *sending)
{
	const struct targets *targets = &sending->pass->targets;

	for (size_t i = 0; i < targets->count; i++) {
		struct target *target = &targets->items[i];
		const char *name = target->config->name;

		if (target->damage)
			damage_found(&sending->damage, name, target->damage,
				     sending->begun.wall_ms);
		else if (target->state)
			add_target(sending, target);
		else
			damage_gone(&sending->damage, name,
				    sending->begun.wall_ms);
	}
}

/* Nobody is needed for what is neither in the configuration nor a stray. */
static void forget_others(struct sending *sending)
{
	const struct strays *strays = &sending->pass->strays;
	struct damage *damage = &sending->damage;

	for (size_t i = 0; i < damage->count; i++) {
		const char *name = damage->items[i].target;
		bool known = find_target(sending->pass, name);

		for (size_t k = 0; k < strays->count && !known; k++)
			known = streq(strays->items[k].state->target, name);
		if (!known)
			damage_gone(damage, name, sending->begun.wall_ms);
	}
}

static void add_others(struct sending *sending)
{
	const struct strays *strays = &sending->pass->strays;
	struct damage *damage = &sending->damage;

	for (size_t i = 0; i < strays->count; i++) {
		struct state *state = strays->items[i].state;

		add_item(sending, state->target, &state->alarm, state)->
			is_new = damage_hand_back(damage, state->target,
						  &state->alarm);
	}
	for (size_t i = 0; i < damage->count; i++)
		add_item(sending, damage->items[i].target,
			 &damage->items[i].note, NULL);
}

/* ---- What ------------------------------------------------------------- */

static unsigned time_left_ms(const struct sending *sending)
{
	struct world *world = sending->pass->source.world;
	struct moment now;
	int64_t own_ms;

	world->now(world, &now);
	own_ms = NOTIFY_TIMEOUT_MS - (now.boot_ms - sending->begun.boot_ms);
	if (world->deadline_ms && world->deadline_ms - now.boot_ms < own_ms)
		own_ms = world->deadline_ms - now.boot_ms;
	return own_ms < 0 ? 0 : (unsigned)own_ms;
}

static size_t collect(const struct sending *sending, enum alarm_event event,
		      size_t *chosen)
{
	size_t count = 0;

	for (size_t i = 0; i < sending->count; i++)
		if (alarm_note_due(sending->items[i].note,
				   sending->begun.wall_ms) == event)
			chosen[count++] = i;
	return count;
}

static bool hand_over(const struct sending *sending, enum alarm_event event,
		      const size_t *chosen, size_t count)
{
	const struct source *source = &sending->pass->source;
	struct concern *concerns = xcalloc(count, sizeof(*concerns));
	struct notice notice;
	char *fault;

	for (size_t i = 0; i < count; i++) {
		const struct item *item = &sending->items[chosen[i]];

		concerns[i] = (struct concern){ item->name, item->note };
	}
	notice = notice_make(event, concerns, count);
	fault = notify_run(source->world, source->config, &notice,
			   time_left_ms(sending));
	if (fault)
		log_error("%s; it is tried again the next time", fault);
	else
		log_verbose("notify: %s: told that %s",
			    source->config->notify[0], notice.subject);
	notice_clear(&notice);
	free(concerns);
	free(fault);
	return !fault;
}

/* ---- That it was ------------------------------------------------------ */

static void save_item(struct sending *sending, struct item *item)
{
	const struct pass *pass = sending->pass;

	if (item->state)
		item->is_lost = state_save(pass->source.world,
					   pass->targets.dir, item->state);
	else
		sending->damage.is_new = true;
	item->is_new = false;
}

static void note_told(struct sending *sending, const size_t *chosen,
		      size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct item *item = &sending->items[chosen[i]];

		alarm_note_told(item->note, sending->begun.wall_ms);
		save_item(sending, item);
	}
}

/* Notes of DAMAGE move when it is added to, so nothing is sent after this. */
static void save_the_rest(struct sending *sending)
{
	for (size_t i = 0; i < sending->count; i++) {
		struct item *item = &sending->items[i];

		if (item->is_new)
			save_item(sending, item);
		if (item->is_lost)
			damage_keep(&sending->damage, item->name, item->note);
	}
}

static void send_event(struct sending *sending, enum alarm_event event)
{
	size_t *chosen = xcalloc(sending->count, sizeof(*chosen));
	size_t count = collect(sending, event, chosen);

	if (count && time_left_ms(sending) < TIME_LEFT_MS_MIN)
		log_verbose("notify: no time left; it is told the next time");
	else if (count && hand_over(sending, event, chosen, count))
		note_told(sending, chosen, count);
	free(chosen);
}

/* ---- Which ------------------------------------------------------------ */

static void open_file(struct sending *sending, struct pass *pass,
		      const char *file, const char *beside)
{
	struct world *world = pass->source.world;

	*sending = (struct sending){ .pass = pass };
	world->now(world, &sending->begun);
	damage_load(world, pass->source.places.state, file, beside,
		    &sending->damage);
}

static void tell_due(struct sending *sending)
{
	const struct source *source = &sending->pass->source;
	struct damage *damage = &sending->damage;
	int error;

	send_event(sending, ALARM_BEGIN);
	send_event(sending, ALARM_STAND);
	send_event(sending, ALARM_END);
	save_the_rest(sending);
	error = damage_save(source->world, source->places.state, damage);
	if (error)
		log_error("%s: it cannot be noted what notify was told: %s; "
			  "the next time it is told again", damage->file,
			  strerror(-error));
	free(sending->items);
	texts_clear(&sending->names);
	damage_clear(damage);
}

void notices_send(struct pass *pass)
{
	struct sending sending;

	if (pass->source.dry_run || !pass->source.config->notify)
		return;
	open_file(&sending, pass, DAMAGE_NAME,
		  pass->source.config->status_file);
	add_targets(&sending);
	forget_others(&sending);
	add_others(&sending);
	tell_due(&sending);
}

/* ---- What check finds -------------------------------------------------- */

/* What stands before the first colon of a title, which is of what the file had,
 * too: all of it where it has none. */
static char *name_in(const char *title)
{
	const char *end = strstr(title, ": ");

	return xstrndup(title, end ? (size_t)(end - title) : strlen(title));
}

/* Each has a note of its own: "NAME: SUBJECT". */
static char *title_of(const struct checkup_section *section,
		      const struct checkup_finding *finding)
{
	return xasprintf("%s: %s", section->name, finding->subject);
}

/* What could not be looked at is as it was. */
static void note_finding(struct sending *sending,
			 const struct checkup_section *section,
			 const struct checkup_finding *finding)
{
	char *title = title_of(section, finding), *line;
	int64_t now_ms = sending->begun.wall_ms;

	switch (finding->level) {
	case CHECKUP_GOOD:
	case CHECKUP_NOTE:
		damage_gone(&sending->damage, title, now_ms);
		break;
	case CHECKUP_UNKNOWN:
		break;
	case CHECKUP_WARNING:
	case CHECKUP_BAD:
		line = xasprintf("%s: %s", title, finding->detail);
		damage_found(&sending->damage, title, line, now_ms);
		free(line);
		break;
	}
	free(title);
}

/* While an alarm stands, runs tell of the target. */
static bool is_told_by_runs(const struct target *target)
{
	return target && (!target->state || target->state->alarm.text);
}

static bool is_found(const struct checkup_section *section, const char *title)
{
	bool found = false;

	for (size_t i = 0; i < section->count && !found; i++) {
		char *at = title_of(section, &section->findings[i]);

		found = streq(at, title);
		free(at);
	}
	return found;
}

/* It was not tried this time, and may be the next. */
static bool is_of_owner(const struct target *target, const char *title)
{
	const struct config_target *config = target->config;
	bool is = false;

	for (size_t i = 0; i < target->facts.owner_count; i++)
		is |= strstr(title, target->facts.owners[i].owner) != NULL;
	for (size_t i = 0; i < config->spec_count; i++)
		is |= strstr(title, config->specs[i].owner) != NULL;
	return is;
}

/* What check has no word for any more, as an owner that was taken out. */
static void forget_unfound(struct sending *sending,
			   const struct checkup_section *section,
			   const struct target *target)
{
	struct damage *damage = &sending->damage;

	for (size_t i = 0; i < damage->count; i++) {
		const char *title = damage->items[i].target;
		char *name = name_in(title);

		if (streq(name, section->name) && !is_found(section, title) &&
		    !is_of_owner(target, title))
			damage_gone(damage, title, sending->begun.wall_ms);
		free(name);
	}
}

static void note_section(struct sending *sending,
			 const struct checkup_section *section)
{
	const struct target *target = find_target(sending->pass,
						  section->name);

	if (is_told_by_runs(target))
		return;
	for (size_t i = 0; i < section->count; i++)
		if (section->findings[i].untold)
			note_finding(sending, section, &section->findings[i]);
	if (target)
		forget_unfound(sending, section, target);
}

static void forget_unknown(struct sending *sending)
{
	struct damage *damage = &sending->damage;

	for (size_t i = 0; i < damage->count; i++) {
		char *name = name_in(damage->items[i].target);

		if (!streq(name, CHECKUP_HOST) &&
		    !find_target(sending->pass, name))
			damage_gone(damage, damage->items[i].target,
				    sending->begun.wall_ms);
		free(name);
	}
}

/* Programs are told of targets, and of this host. */
static void add_findings(struct sending *sending)
{
	struct damage *damage = &sending->damage;

	for (size_t i = 0; i < damage->count; i++) {
		char *name = name_in(damage->items[i].target);

		*array_push(sending->names.items, sending->names.count) = name;
		add_item(sending, name, &damage->items[i].note, NULL);
	}
}

void notices_send_findings(struct pass *pass, const struct checkup *checkup)
{
	struct sending sending;

	if (!pass->source.config->notify)
		return;
	budget_tell(&pass->budget);
	open_file(&sending, pass, FINDINGS_NAME,
		  pass->source.config->status_file);
	forget_unknown(&sending);
	for (size_t i = 0; i < checkup->count; i++)
		note_section(&sending, &checkup->sections[i]);
	add_findings(&sending);
	tell_due(&sending);
}
