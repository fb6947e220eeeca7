/* SPDX-License-Identifier: MIT */
#include "act/deeds_internal.h"

#include "act/reload.h"
#include "base/bounds.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "disk/held.h"

#include <stdlib.h>

struct deed deed_of(const struct source *source, const struct targets *targets,
		    struct target *target)
{
	return (struct deed){ .world = source->world,
			      .places = &source->places,
			      .targets_dir = targets->dir,
			      .state = target->state, .facts = &target->facts,
			      .action = &target->action };
}

bool deed_save(struct deed *deed)
{
	int error = state_save(deed->world, deed->targets_dir, deed->state);

	if (!error && deed->state->squeezed)
		log_warning("%s: its name servers give too many different "
			    "answers to keep, see alnitak check: what caches "
			    "may hold is waited for from now on",
			    deed_title(deed));
	if (!error)
		return true;
	if (error == -EFBIG)
		deed->failure = xasprintf("%s: its state would be larger than "
					 "%d octets, too large to be read "
					 "again: its name servers give too "
					 "many different answers, see alnitak "
					 "check; the old state stays, and the "
					 "next run tries again",
					 deed_title(deed),
					 STATE_SIZE_MAX);
	else
		deed->failure = xasprintf("%s: cannot write its state in %s: "
					 "%s; when it can be written the next "
					 "run carries on", deed_title(deed),
					 deed->places->state_path,
					 strerror(-error));
	return false;
}

/* What services read must not vanish with certbot's old versions, nor with the
 * lineage. NUMBER is 0 where the archive has it no more. */
static bool hold(struct deed *deed, unsigned number,
		 const struct fingerprint *version)
{
	char *detail = NULL;
	const struct lineage lineage = deed_lineage(deed);
	int error = held_add(&lineage, number, version,
			     deed->facts->target->files, &detail);

	if (error)
		deed->failure = xasprintf("%s: cannot keep version %u in %s: "
					 "%s", deed_title(deed), number,
					 deed->places->state_path,
					 detail ? detail : strerror(-error));
	free(detail);
	return !error;
}

void deed_hold_next(struct deed *deed)
{
	const struct facts *facts = deed->facts;
	const struct lineage lineage = deed_lineage(deed);
	char *detail = NULL;

	if (!facts->next || facts->next == facts->live || !facts->next_number)
		return;
	if (held_add_next(&lineage, facts->next_number, &facts->next->version,
			  &detail))
		log_warning("%s: cannot keep version %u, which waits for its "
			    "turn: %s; if certbot deletes it before, the "
			    "newest has its turn", deed_title(deed),
			    facts->next_number, detail ? detail : "?");
	free(detail);
}

/* The state knows another one. */
static const char *why_adopted(const struct facts *facts,
			       const struct action *action)
{
	const struct chain *chain = action->chain;

	if (facts->returned.count && facts->released)
		return action->guesses ?
		       "other certificates than its state has were in service "
		       "since, as where it came back from a backup: all "
		       "records stay until services have loaded one" :
		       "other certificates than its state has were in service "
		       "since, as where it came back from a backup: services "
		       "are told to reload, and all records stay until they "
		       "are seen to have";
	if (action->beside)
		return "the certificate that was taken for the one in service "
		       "has no record, and another one in the archive has: "
		       "going on with that";
	if (chain == facts->shown && facts->released)
		return action->guesses ?
		       "the links show another certificate than the state has, "
		       "and the name servers do not tell which is in service: "
		       "going on with what is shown" :
		       "the links show another certificate than the state has, "
		       "and the name servers have no match for that one: going "
		       "on with what is shown";
	return
		chain == facts->shown ?
		"the files of the certificate in service are gone; going on "
		"with what the links show" :
		chain == facts->kept ?
		"the files of the certificate in service are gone; going on "
		"with another that was, and is held" :
		chain != facts->live ?
		"the files of the certificate in service are gone; going on "
		"with another that services may present" :
		"the files of the certificate in service are gone from the "
		"archive; going on with the live one, which services are told "
		"to load when no cache can lack its record";
}

static bool is_among(const struct chains *chains, const struct chain *chain)
{
	for (size_t i = 0; i < chains->count; i++)
		if (chains->items[i] == chain)
			return true;
	return false;
}

/* It is in the archive, nobody knows where, and held when links move to it. */
static bool is_former(const struct facts *facts, const struct chain *chain)
{
	return is_among(&facts->former, chain) ||
	       (is_among(&facts->presented, chain) &&
		chain != facts->released && !facts_number(facts, chain));
}

/* Of what services have loaded, and what they are told. A guess is none the
 * less one where it is made twice. */
static void note_adopted(struct state *state, const struct action *action)
{
	bool again = state->has_released &&
		     chain_is(action->chain, &state->released);

	state->guessed = action->guesses || (again && state->guessed);
	state->reload_due = state->has_released && !state->guessed;
	state->proven_ms = 0;
	state->copied = false;
	if (state->guessed)
		state->reloaded_ms = 0;
	if (state->guessed || !state->has_released)
		state->unproven = true;
}

bool deed_adopt(struct deed *deed)
{
	const struct facts *facts = deed->facts;
	struct state *state = deed->state;
	const struct chain *chain = deed->action->chain;
	char text[FINGERPRINT_TEXT_SIZE];

	invariant(chain);
	if (state->has_released)
		log_warning("%s: %s", deed_title(deed),
			    why_adopted(facts, deed->action));
	note_adopted(state, deed->action);
	if (facts->returned.count)
		state->unproven = true;
	for (size_t i = 0; i < facts->returned.count; i++)
		state_add_presented(state, &facts->returned.items[i]->version);
	state->has_released = true;
	state->has_releasing = false;
	state->released = chain->version;
	state_add_presented(state, &chain->version);
	if (deed->action->beside)
		state_add_presented(state, &deed->action->beside->version);
	log_verbose("%s: certificate %.8s is taken as the one in service",
		    deed_title(deed),
		    fingerprint_format(&chain->version, text));
	if (state->generation < facts->links.generation)
		state->generation = facts->links.generation;
	return (is_former(facts, chain) ||
		hold(deed, facts_number(facts, chain), &chain->version)) &&
	       deed_save(deed);
}

/* The next generation is in the state, and that on the disk, before the links
 * have it. One that was promised and not made is promised still. */
static void promise_generation(struct deed *deed)
{
	struct state *state = deed->state;
	unsigned now = deed->facts->links.generation;

	if (state->generation == now + 1 || state->transient)
		return;
	if (state->generation < now)
		state->generation = now;
	if (state->generation < LINKS_GENERATION_MAX)
		state->generation++;
}

/* All that the links to VERSION are to be. */
static struct links links_for(const struct deed *deed,
			      const struct fingerprint *version)
{
	struct links links = deed->action->links;

	links.files = deed->facts->target->files;
	links.combined = *version;
	links.generation = deed->state->transient ?
		deed->facts->links.generation : deed->state->generation;
	return links;
}

static bool switch_links(struct deed *deed, const struct links *wanted)
{
	char *detail = NULL;
	const struct lineage lineage = deed_lineage(deed);
	int error = links_switch(&lineage, wanted, &detail);

	if (error)
		deed->failure = xasprintf("%s: cannot move the links in %s: %s",
					 deed_title(deed),
					 deed->places->dane_path,
					 detail ? detail : strerror(-error));
	free(detail);
	return !error;
}

/* What is only guessed to be in service, or by a copy of a state, is not loaded
 * anew because of it. */
static void note_presented(struct deed *deed,
			   const struct fingerprint *version)
{
	struct state *state = deed->state;

	state_add_presented(state, version);
	state->proven_ms = 0;
	if (state->guessed || state->copied)
		return;
	state->reload_due = true;
	log_warning("%s: the links led to a certificate that is not released "
		    "yet; putting them back", deed_title(deed));
}

/* What services may have loaded through links that were not where they
 * should be: it may be presented until a reload is proven. */
static void note_strayed(struct deed *deed)
{
	const struct facts *facts = deed->facts;
	const struct fingerprint *released = &deed->state->released;
	const struct fingerprint *combined = &facts->links.combined;
	const struct chain *strayed = facts->shown;

	if (!strayed && facts->links.place == LINKS_MIXED)
		strayed = facts->live;
	if (strayed && !chain_is(strayed, released))
		note_presented(deed, &strayed->version);
	if (facts->links.files & PEM_BIT(PEM_COMBINED) &&
	    !fingerprint_equal(combined, released) &&
	    !chain_is(strayed, combined) &&
	    !chain_is(facts->released, combined))
		note_presented(deed, combined);
}

/* Others than the one that they shall present may be presented: services may
 * have been about to load that. Links of several versions are note_strayed()'s.
 */
static void note_dangling(struct deed *deed)
{
	struct state *state = deed->state;
	enum links_place place = deed->facts->links.place;

	if (deed->facts->shown || place == LINKS_MIXED ||
	    place == LINKS_FOREIGN || state->presented_count == 1 ||
	    !state->reloaded_ms)
		return;
	state->proven_ms = 0;
	state->reload_due = true;
	log_warning("%s: the links led to no certificate, and services that "
		    "loaded them meanwhile could not: they are told again",
		    deed_title(deed));
}

static void log_links(const struct deed *deed)
{
	switch (deed->action->links.place) {
	case LINKS_REST:
		log_info("%s: links are at rest", deed_title(deed));
		break;
	case LINKS_ARCHIVE:
		log_info("%s: links are pinned to version %u", deed_title(deed),
			 deed->action->links.number);
		break;
	case LINKS_HELD:
		log_info("%s: links are pinned to the files held in %s",
			 deed_title(deed), deed->places->state_path);
		break;
	case LINKS_ABSENT:
	case LINKS_MIXED:
	case LINKS_FOREIGN:
		break;
	}
}

/*
 * Everything is on the disk before a link moves. pre goes on without: what the
 * links lead to is in the archive, and certbot is about to change live.
 */
static bool prepare_links(struct deed *deed, struct links *wanted)
{
	const struct facts *facts = deed->facts;
	const struct fingerprint *released = &deed->state->released;
	unsigned before = deed->state->generation;

	note_strayed(deed);
	*wanted = links_for(deed, released);
	if (!links_equal(&facts->links, wanted)) {
		promise_generation(deed);
		*wanted = links_for(deed, released);
	} else {
		wanted->generation = facts->links.generation;
	}
	if (hold(deed, facts->released_number, released) && deed_save(deed))
		return true;
	if (!facts->local_only || wanted->place != LINKS_ARCHIVE)
		return false;
	log_warning("%s; moving the links all the same", deed->failure);
	free(deed->failure);
	deed->failure = NULL;
	deed->is_short = true;
	deed->state->generation = before;
	wanted->generation = facts->links.generation;
	if (!fingerprint_equal(&facts->links.combined, released))
		wanted->files &= ~PEM_BIT(PEM_COMBINED);
	return true;
}

/* Whatever is neither in service nor waits for its turn. */
static void drop_held(const struct deed *deed, unsigned files)
{
	const struct lineage lineage = deed_lineage(deed);
	const struct state *state = deed->state;

	held_drop(&lineage, &state->released,
		  state->has_pending ? &state->pending : NULL, files);
}

bool deed_links(struct deed *deed)
{
	struct state *state = deed->state;
	struct links wanted;

	note_dangling(deed);
	if (!prepare_links(deed, &wanted) || !switch_links(deed, &wanted))
		return false;
	log_links(deed);
	if (state->presented_count == 1 && !deed->facts->returned.count)
		drop_held(deed, wanted.files);
	return true;
}

static bool finish_release(struct deed *deed,
			   const struct fingerprint *version)
{
	struct state *state = deed->state;
	char text[FINGERPRINT_TEXT_SIZE];

	state->released = *version;
	state->has_releasing = false;
	state->has_pending = false;
	state->guessed = state->copied = false;
	state->outside_ms = 0;
	state_add_presented(state, version);
	state->reload_due = true;
	state->proven_ms = 0;
	log_info("%s: released certificate %.8s to the services",
		 deed_title(deed), fingerprint_format(version, text));
	return deed_save(deed);
}

bool deed_release(struct deed *deed)
{
	struct state *state = deed->state;
	const struct facts *facts = deed->facts;
	const struct chain *chain = deed->action->chain;
	struct fingerprint version = chain->version;
	struct links wanted;

	state->has_releasing = true;
	state->releasing = version;
	state_add_presented(state, &version);
	promise_generation(deed);
	wanted = links_for(deed, &version);
	if (!deed_save(deed) ||
	    !hold(deed, facts_number(facts, chain), &version) ||
	    !switch_links(deed, &wanted))
		return false;
	log_links(deed);
	return finish_release(deed, &version);
}

bool deed_accept(struct deed *deed)
{
	return finish_release(deed, &deed->state->releasing);
}

bool deed_reload(struct deed *deed)
{
	struct state *state = deed->state;
	struct moment now;
	char *detail = NULL;
	enum reload_verdict verdict = reload_run(deed->world,
						 deed->facts->target,
						 deed->timeout_ms, &detail);

	if (verdict != RELOAD_OK) {
		deed->failure = xasprintf("%s: reload failed: %s; it is "
					 "repeated at the next run",
					 deed_title(deed), detail);
		free(detail);
		return false;
	}
	free(detail);
	deed->world->now(deed->world, &now);
	state->guessed = state->copied = state->reload_due = false;
	state->reloaded_ms = now.wall_ms;
	state->proven_ms = 0;
	if (deed->facts->target->reload)
		log_info("%s: services reloaded", deed_title(deed));
	return deed_save(deed);
}

bool deed_proven(struct deed *deed)
{
	deed->state->proven_ms = deed->facts->now_ms;
	log_info("%s: every service presents the new certificate",
		 deed_title(deed));
	return deed_save(deed);
}

bool deed_shed(struct deed *deed)
{
	/* The archive may lose the old version before its records are
	 * deleted: that they are ours must be known without it. */
	deed_claim_own(deed);
	state_set_presented(deed->state, &deed->state->released);
	if (!deed_save(deed))
		return false;
	/* What is held, and not known to the state, would be taken for a sign
	 * that this came back from a backup. */
	drop_held(deed, deed->facts->target->files);
	return true;
}
