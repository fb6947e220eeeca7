/* SPDX-License-Identifier: MIT */
#include "checker.h"

#include <string.h>

/*
 * Caches: whatever any server gave to resolvers is kept by some cache until
 * its TTL (or a resolver's own floor) and the time in flight are over, and
 * at every instant some cache has just taken it. So the set of versions that
 * may be cached is exact, not sampled.
 *
 * Services: what a worker has loaded, and what a service that starts at this
 * very moment would load.
 */

/* A certificate that some service of a target may present. */
struct showing {
	const struct cert *cert;
	bool stray;
	bool released;			/* stray, and then by the program */
	bool now, before;		/* in this look, in the last */
	bool known;			/* at any time */
	bool first;			/* since the start */
	/* When each server last answered for each owner before it was
	 * presented, in the command that brought it about; FOREVER: nobody
	 * asked, and nothing that a server did is an excuse. */
	int64_t look_ms[SERVERS_MAX][OWNERS_MAX];
};

#define SHOWINGS_MAX 64

struct checker {
	struct showing showings[TARGETS_MAX][SHOWINGS_MAX];
	size_t count[TARGETS_MAX];
	/* The one that was properly presented last. */
	const struct cert *last[TARGETS_MAX];
};

void checker_open(struct sim *sim)
{
	sim->checker = sim_alloc(sim, sizeof(*sim->checker));
}

/* ---- Matching --------------------------------------------------------- */

static bool same_kind(const struct rr *a, const struct rr *b)
{
	return a->usage == b->usage && a->selector == b->selector &&
	       a->matching == b->matching;
}

static bool rr_matches(const struct rr *rr, const struct cert *cert)
{
	bool leaf = rr->usage == 3 || rr->usage == 1;
	const struct selected *have;

	if (rr->selector > 1 || rr->matching > 2)
		return false;
	have = leaf ? &cert->leaf[rr->selector][rr->matching] :
		      &cert->above[rr->selector][rr->matching];
	return have->size == rr->size &&
	       memcmp(have->data, rr->data, rr->size) == 0;
}

/* In every combination that VERSION contains, at least one matches. */
static bool covers(const struct version *version, const struct cert *cert)
{
	for (size_t i = 0; i < version->count; i++) {
		bool matched = false;

		for (size_t k = 0; k < version->count && !matched; k++)
			matched = same_kind(&version->rrs[i],
					    &version->rrs[k]) &&
				  rr_matches(&version->rrs[k], cert);
		if (!matched)
			return false;
	}
	return true;
}

/* ---- Who may present what --------------------------------------------- */

static void set_looks(const struct sim *sim, struct showing *showing)
{
	for (size_t i = 0; i < sim->server_count; i++) {
		const struct server *server = &sim->servers[i];
		/* Nobody asks a server that is not in the delegation. */
		bool not_due = showing->first || !server->delegated;

		for (size_t k = 0; k < sim->owner_count; k++)
			showing->look_ms[i][k] =
				sim->in_command &&
				server->met_command[k] == sim->command ?
				server->look_ms[k] :
				not_due ? sim->now_ms : FOREVER;
	}
}

static struct showing *find_showing(struct sim *sim, size_t target,
				    const struct cert *cert)
{
	struct checker *checker = sim->checker;
	struct showing *showing;

	for (size_t i = 0; i < checker->count[target]; i++)
		if (checker->showings[target][i].cert == cert)
			return &checker->showings[target][i];
	if (checker->count[target] == SHOWINGS_MAX)
		sim_fail(sim, "too many certificates are presented");
	showing = &checker->showings[target][checker->count[target]++];
	*showing = (struct showing){ .cert = cert, .first = !sim->begun };
	return showing;
}

/* Until when caches may keep what SERVER was seen to have for target T. */
static int64_t longest_kept_ms(const struct sim *sim, size_t t,
			       const struct server *server)
{
	int64_t longest_ms = 0;

	for (size_t k = 0; k < sim->owner_count; k++) {
		int64_t until_ms = server->look_ms[k] +
				   server->look_ttl[k] * SECOND;

		if (sim->owners[k].users & 1U << t && until_ms > longest_ms)
			longest_ms = until_ms;
	}
	return longest_ms;
}

/* A set whose signatures end while caches want it again leaves nothing to
 * validate: not before they are renewed may what depends on it begin. */
static void check_signatures(struct sim *sim, size_t t,
			     const struct showing *showing)
{
	for (size_t i = 0; i < sim->server_count; i++) {
		const struct server *server = &sim->servers[i];

		if (!server->delegated || !sim->synchronised ||
		    server->look_command != sim->command ||
		    server->look_expires_ms == FOREVER)
			continue;
		if (server->look_expires_ms + SECOND <
		    longest_kept_ms(sim, t, server))
			sim_fail(sim, "%s is shown though the signatures of "
				 "%s end", showing->cert->title, server->name);
	}
}

static void show(struct sim *sim, size_t t, const struct cert *cert,
		 bool stray)
{
	const struct target *target = &sim->targets[t];
	const struct cert *forced = target->forced;
	struct showing *showing;
	bool is_new, is_back, was_forced;

	if (!cert)
		return;
	was_forced = forced && cert->serial <= forced->serial;
	stray |= was_forced;
	showing = find_showing(sim, t, cert);
	is_new = !showing->before && !showing->now;
	/* Put back after another one strayed in, or after a time when no
	 * service could start: the looks of its release hold, and what went
	 * wrong since was not to be seen then. */
	is_back = showing->known &&
		  (target->stray || sim->checker->last[t] == cert);
	/* What strayed may since have been released properly. */
	if (is_new)
		showing->released = sim->in_command &&
			target->stray_ms < sim->command_ms &&
			sim->servers[0].look_command == sim->command;
	if ((is_new && (!is_back || (stray && showing->released))) ||
	    (showing->stray && !stray && !showing->released))
		set_looks(sim, showing);
	if (is_new && !stray && !showing->known && sim->in_command)
		check_signatures(sim, t, showing);
	if (is_new || !stray || was_forced)
		showing->stray = stray;
	showing->now = showing->known = true;
	if (is_new && !stray)
		sim->checker->last[t] = cert;
}

static void find_showings(struct sim *sim, size_t t)
{
	struct checker *checker = sim->checker;
	struct target *target = &sim->targets[t];
	const struct cert *next = services_would_load(sim, target);

	for (size_t i = 0; i < checker->count[t]; i++) {
		struct showing *showing = &checker->showings[t][i];

		showing->before = showing->now;
		showing->now = false;
	}
	/* What was properly loaded counts before what strayed. */
	if (!next && sim->in_command && sim_switches_at_once(sim) &&
	    target->could_start)
		sim_fail(sim, "in the middle of a switch no service of %s "
			 "can start", target->name);
	for (int stray = 0; stray < 2; stray++) {
		for (size_t s = 0; s < target->service_count; s++)
			for (size_t i = 0; i < target->services[s].count; i++) {
				const struct worker *worker =
					&target->services[s].workers[i];

				if (worker->gone_ms > sim->now_ms &&
				    worker->stray == (stray != 0))
					show(sim, t, worker->cert, stray);
			}
		if (services_is_stray(target, next) == (stray != 0))
			show(sim, t, next, stray);
	}
}

/* ---- What nobody could have helped ------------------------------------ */

/*
 * All exceptions to the promise, and why:
 *
 * stray	certbot renewed and no pre hook had completed, so that the
 *		live links moved under links at rest: services that started
 *		before the next command had run loaded it. Nothing that runs
 *		later can undo that. Or a pin that a failed pre hook left was
 *		lost with the power before the next command could write it.
 * forced	the lineage was deleted while nothing of it was held: the next
 *		certificate had to go into service at once, and nobody knows
 *		any more what those before it were.
 * first	what was wrong before the program ever ran.
 * regressed	a server went back to an old zone after it had answered the
 *		last look before the release, or came back from it between
 *		two looks (of commands that lived to note what they saw).
 * edited	somebody's own edit took the match away (or brought a new
 *		combination) after that last look at the primary.
 * unguarded	the same, and then a program added the next records of what it
 *		was asked for: nobody can tell it what must still stand.
 * unmet	a server left the delegation before any look could meet it (of a
 *		command that lived to note it).
 * unseen	somebody's edit was replaced before any look at any server
 *		could see it (of a command that lived to note what it saw), so
 *		that its TTL was not to be known.
 */
static bool is_edited_later(const struct version *version,
			    const struct showing *showing)
{
	/* Back to the edit in which the match was lost. */
	while (version->before && !covers(version->before, showing->cert))
		version = version->before;
	return version->unguarded ||
	       (version->origin == ORIGIN_OTHERS &&
		version->made_ms > showing->look_ms[0][version->owner]);
}

static bool is_excused(const struct sim *sim, const struct served *served,
		       const struct showing *showing)
{
	const struct version *version = served->version;
	size_t server = (size_t)(served->server - sim->servers);

	if (showing->stray)
		return true;
	if (showing->first && version->origin == ORIGIN_START)
		return true;
	if (served->regressed && (!served->looked_at ||
	    served->from_ms > showing->look_ms[server][version->owner]))
		return true;
	if (version->origin == ORIGIN_OTHERS && !version->seen)
		return true;
	if (served->server->left_unmet[version->owner] &&
	    (!served->server->delegated ||
	     served->until_ms <= served->server->entered_ms))
		return true;
	return is_edited_later(version, showing);
}

/* ---- The promise ------------------------------------------------------ */

static bool is_cached(const struct sim *sim, const struct served *served)
{
	int64_t kept_ms = served->version->ttl * SECOND;

	if (served->until_ms == FOREVER)
		return true;
	if (kept_ms < sim->floor_ms)
		kept_ms = sim->floor_ms;
	return served->until_ms + kept_ms + sim->flight_ms >= sim->now_ms;
}

static void blame(struct sim *sim, const struct served *served,
		  const struct showing *showing)
{
	const struct version *version = served->version;

	sim_fail(sim, "a cache may hold %s of %s (ttl %u, served by %s "
		 "from %.1f until %.1f s), and a service may present %s",
		 rrs_text(sim, version->rrs, version->count),
		 sim->owners[version->owner].name, version->ttl,
		 served->server->name, (double)served->from_ms / 1000,
		 served->until_ms == FOREVER ? -1.0 :
		 (double)served->until_ms / 1000, showing->cert->title);
}

static void check_target(struct sim *sim, size_t t)
{
	struct checker *checker = sim->checker;

	for (const struct served *at = sim->served; at; at = at->next) {
		const struct owner *owner = &sim->owners[at->version->owner];

		if (!(owner->users & 1U << t) || !is_cached(sim, at))
			continue;
		for (size_t i = 0; i < checker->count[t]; i++) {
			const struct showing *showing =
				&checker->showings[t][i];

			if (showing->now &&
			    !covers(at->version, showing->cert) &&
			    !is_excused(sim, at, showing))
				blame(sim, at, showing);
		}
	}
}

void checker_look(struct sim *sim)
{
	if (!sim->checker)
		return;
	for (size_t t = 0; t < sim->target_count; t++) {
		find_showings(sim, t);
		check_target(sim, t);
	}
}

/* ---- After a command -------------------------------------------------- */

static const char *kind_of_place(struct sim *sim, const struct target *target)
{
	char *path = sim_text(sim, "/etc/alnitak/dane/%s/fullchain.pem",
			      target->name);
	int error;
	const struct node *node = files_walk(sim, sim->root, path, false,
					     &error);

	if (!node || node->kind != NODE_LINK)
		return "nothing";
	return strstr(node->data, "/live/") ? "live" : "version";
}

void checker_after_command(struct sim *sim, const char *command, int status)
{
	if ((status != EXIT_DONE && status != EXIT_FAILED) || sim->troubled)
		return;
	for (size_t t = 0; t < sim->target_count; t++) {
		struct target *target = &sim->targets[t];

		/* What certbot did meanwhile is for the next command. */
		if (target->stray_ms >= sim->command_ms ||
		    target->cleaned_ms >= sim->command_ms)
			continue;
		target->stray = target->is_loose = false;
		if (target->deployed && !services_would_load(sim, target))
			sim_fail(sim, "after %s no service of %s can start: "
				 "its links lead to %s", command,
				 target->name, kind_of_place(sim, target));
	}
	checker_look(sim);
}

/* ---- Liveness --------------------------------------------------------- */

static bool is_wanted(const struct sim *sim, const struct owner *owner,
		      const struct rr *rr)
{
	for (size_t t = 0; t < sim->target_count; t++)
		if (owner->users & 1U << t &&
		    rr_matches(rr, sim->targets[t].live))
			return true;
	return false;
}

/* certbot deleted the files of what the program never published itself: with
 * the archive went the knowledge whose it was. At a shared owner one target
 * may have sent along what another, in trouble, needed and had not noted. */
static bool is_forgotten(const struct sim *sim, const struct owner *owner,
			 const struct rr *rr)
{
	bool shared = (owner->users & (owner->users - 1)) != 0;

	for (const struct added *at = owner->added; at; at = at->next)
		if (!shared && rr_equal(&at->rr, rr))
			return false;
	for (size_t t = 0; t < sim->target_count; t++)
		if (owner->users & 1U << t && (sim->targets[t].was_deleted ||
		    sim->targets[t].number > ARCHIVE_KEPT + 1))
			return true;
	return false;
}

/* A combination that nobody configured, but others began. Where two targets
 * have a record in it, neither may delete its own first; nor may one that was
 * forgotten be left without a match beside it. */
static bool is_held_by_another(const struct sim *sim,
			       const struct owner *owner,
			       const struct version *version,
			       const struct rr *rr)
{
	bool shared = (owner->users & (owner->users - 1)) != 0;

	for (size_t i = 0; i < version->count; i++)
		if (same_kind(&version->rrs[i], rr) &&
		    !rr_equal(&version->rrs[i], rr) &&
		    (shared || is_forgotten(sim, owner, &version->rrs[i])))
			return true;
	return false;
}

static bool has_kind(const struct sim *sim, const struct owner *owner,
		     const struct version *version, const struct rr *rr)
{
	for (size_t i = 0; i < owner->param_count; i++)
		if (owner->params[i].usage == rr->usage &&
		    owner->params[i].selector == rr->selector &&
		    owner->params[i].matching == rr->matching)
			return true;
	for (size_t i = 0; i < owner->foreign_count; i++)
		if (same_kind(&owner->foreign[i], rr))
			return true;
	return is_held_by_another(sim, owner, version, rr);
}

static const char *check_records(struct sim *sim, const struct owner *owner,
				 const struct version *version)
{
	for (size_t i = 0; i < owner->foreign_count; i++)
		if (!rr_in(&owner->foreign[i], version->rrs, version->count))
			return "a record of others is missing";
	for (size_t i = 0; i < version->count; i++) {
		const struct rr *rr = &version->rrs[i];

		if (rr_in(rr, owner->foreign, owner->foreign_count) ||
		    rr_in(rr, owner->odd, owner->odd_count))
			continue;
		if (is_forgotten(sim, owner, rr))
			continue;
		if (!is_wanted(sim, owner, rr) ||
		    !has_kind(sim, owner, version, rr))
			return "a record of ours is left over";
	}
	for (size_t t = 0; t < sim->target_count; t++)
		for (size_t i = 0; i < owner->param_count; i++) {
			struct rr rr = rr_of(sim->targets[t].live,
					     owner->params[i]);

			if (owner->users & 1U << t &&
			    !rr_in(&rr, version->rrs, version->count))
				return "a record of ours is missing";
		}
	return NULL;
}

static const char *check_services(struct sim *sim, struct target *target)
{
	bool rests = strcmp(kind_of_place(sim, target), "live") == 0;

	if (services_would_load(sim, target) != target->live)
		return "the links do not show the live version";
	if (rests != sim->config->follow_live)
		return "the links are not where they rest";
	for (size_t i = 0; i < target->service_count; i++) {
		const struct service *service = &target->services[i];

		for (size_t k = 0; k < service->count; k++)
			if (service->workers[k].gone_ms == FOREVER &&
			    service->workers[k].cert != target->live)
				return "a service presents another version";
	}
	return NULL;
}

const char *checker_finished(struct sim *sim)
{
	const char *fault = NULL;

	for (size_t t = 0; t < sim->target_count; t++)
		if (sim->targets[t].unseen)
			return NULL;	/* that is held for good */
	for (size_t t = 0; t < sim->target_count && !fault; t++)
		fault = check_services(sim, &sim->targets[t]);
	for (size_t i = 0; i < sim->server_count && !fault; i++)
		for (size_t k = 0; k < sim->owner_count && !fault; k++)
			if (sim->servers[i].delegated)
				fault = check_records(sim, &sim->owners[k],
					sim->servers[i].shown->of[k]);
	return fault;
}
