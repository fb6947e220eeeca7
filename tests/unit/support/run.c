/* SPDX-License-Identifier: MIT */
#include "support/run.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "command/command.h"
#include "world/posix/posix.h"

#include <sys/stat.h>

struct fake_net fake_net;
bool host_follows_live;

static struct host *the_host;

/* ---- The rest of the world -------------------------------------------- */

static void host_now(struct world *world, struct moment *now)
{
	(void)world;
	*now = the_host->now;
}

static char *host_errand_rights(struct world *world)
{
	(void)world;
	return fake_net.errand_rights ? xstrdup(fake_net.errand_rights) : NULL;
}

static void host_sleep(struct world *world, unsigned milliseconds)
{
	(void)world;
	the_host->now.wall_ms += milliseconds;
	the_host->now.boot_ms += milliseconds;
	the_host->sleeps++;
}

static int host_lock(struct world *world, int dir, const char *name,
		     unsigned timeout_ms)
{
	(void)world;
	(void)dir;
	assert_string_equal(name, "lock");
	the_host->lock_wait_ms = timeout_ms;
	the_host->locked = !the_host->lock_error;
	return the_host->lock_error;
}

static void host_unlock(struct world *world)
{
	(void)world;
	the_host->locked = false;
}

static int host_lock_held(struct world *world, int dir, const char *name)
{
	(void)world;
	(void)dir;
	if (streq(name, "lock.wanted"))
		return the_host->locked && the_host->is_awaited;
	assert_string_equal(name, ".certbot.lock");
	return the_host->certbot_lock;
}

static void host_execute(struct world *world, struct program *program)
{
	(void)world;
	program->output = xstrdup("");
	if (program->input) {
		free(the_host->notice);
		the_host->notice = xstrndup(program->input,
					    program->input_size);
		the_host->notices++;
		program->status = the_host->notify_status;
		return;
	}
	the_host->reloads++;
	program->status = the_host->reload_status;
}

/* ---- Name servers ----------------------------------------------------- */

static struct zone_server servers[3] = {
	{ .address = { .family = 4, .bytes = { 192, 0, 2, 1 }, .port = 53 },
	  .roles = ZONE_SERVER_PARENT | ZONE_SERVER_PRIMARY },
	{ .address = { .family = 4, .bytes = { 192, 0, 2, 2 }, .port = 53 },
	  .roles = ZONE_SERVER_PARENT },
	{ .address = { .family = 4, .bytes = { 192, 0, 2, 3 }, .port = 53 },
	  .roles = ZONE_SERVER_PRIMARY },
};
static struct zone zone = { .servers = servers, .server_count = 2 };

void errand_discover(const struct errand_desk *desk,
		     const char *const *owners, size_t owner_count,
		     struct zones *zones)
{
	(void)desk;
	(void)owners;
	zone.name = lent("example.com.");
	zone.primary = servers[0].address;
	*zones = (struct zones){ .owner_count = owner_count };
}

void zones_clear(struct zones *zones)
{
	*zones = (struct zones){ 0 };
}

static struct tlsa_set *set_of(const char *owner)
{
	return streq(owner, fake_net.elsewhere) ? &fake_net.served_elsewhere :
						  &fake_net.served;
}

static void fill_alias(struct sighting *sighting, size_t server)
{
	const char *alias = server && fake_net.stale_alias ?
			    fake_net.stale_alias : fake_net.alias;

	tlsa_set_clear(&sighting->set);
	sighting->verdict = SIGHTING_ALIAS;
	sighting->rrset_ttl_seconds = 0;
	sighting->alias = xstrdup(alias);
}

static void fill_sighting(struct sighting *sighting, size_t server,
			  const char *owner)
{
	const struct tlsa_set *set = server && fake_net.lagging ?
				     &fake_net.stale : set_of(owner);

	*sighting = (struct sighting){
		.server = &servers[server], .ttl_seconds = fake_net.ttl_seconds,
		.verdict = set->count ? SIGHTING_SET : SIGHTING_ABSENT,
		.rrset_ttl_seconds = set->count ? fake_net.ttl_seconds : 0,
		.set = tlsa_set_copy(set), .detail = xstrdup("says so"),
		.serial_known = true, .serial = 7,
		.signature_begins_seconds = fake_net.signature_begins_seconds,
		.signature_expires_seconds = fake_net.signature_expires_seconds,
	};
	if (fake_net.alias && streq(owner, HOST_OWNER))
		fill_alias(sighting, server);
	if (server && fake_net.silent) {
		tlsa_set_clear(&sighting->set);
		sighting->verdict = SIGHTING_NO_ANSWER;
		sighting->outcome = OUTCOME_SILENT;
	}
}

static void fill_owner(struct survey_owner *owner, const char *name)
{
	*owner = (struct survey_owner){ .name = name };
	if (fake_net.no_zone) {
		owner->detail = "no zone";
		return;
	}
	owner->zone = &zone;
	servers[1].ignored = fake_net.ignored;
	if (fake_net.hidden && streq(name, HOST_OWNER))
		owner->hidden = xstrdup("mail exists by a wildcard");
	owner->count = fake_net.ignored ? 1 : 2;
	owner->sightings = xcalloc(3, sizeof(*owner->sightings));
	owner->primary = &owner->sightings[0];
	for (size_t i = 0; i < owner->count; i++)
		fill_sighting(&owner->sightings[i], i, name);
	if (fake_net.spare)
		owner->sightings[owner->count++] = (struct sighting){
			.server = &servers[2], .verdict = SIGHTING_NO_ANSWER,
			.detail = xstrdup("no answer"),
		};
}

void errand_survey(const struct errand_desk *desk, struct zones *zones,
		   const char *const *owners, const struct tlsa_set *ours,
		   size_t n, enum transport transport, struct survey *survey)
{
	(void)desk;
	(void)zones;
	if (fake_net.before_survey)
		fake_net.before_survey();
	fake_net.surveys++;
	fake_net.tcp_surveys += transport == TRANSPORT_TCP;
	*survey = (struct survey){ .transport = transport, .count = n,
		.owners = xcalloc(n, sizeof(*survey->owners)) };
	for (size_t i = 0; i < n; i++) {
		fill_owner(&survey->owners[i], owners[i]);
		fake_net.compared += survey_may_be_given(&survey->owners[i],
							 &ours[i]);
	}
}

void survey_clear(struct survey *survey)
{
	for (size_t i = 0; i < survey->count; i++) {
		for (size_t k = 0; k < survey->owners[i].count; k++) {
			tlsa_set_clear(&survey->owners[i].sightings[k].set);
			free(survey->owners[i].sightings[k].detail);
			free(survey->owners[i].sightings[k].alias);
		}
		free(survey->owners[i].sightings);
		free(survey->owners[i].hidden);
	}
	free(survey->owners);
	*survey = (struct survey){ 0 };
}

/* ---- Updates ----------------------------------------------------------- */

static void obey(const struct change *change)
{
	struct tlsa_set *served = set_of(change->owner);

	if (!tlsa_set_equal(change->seen, served) ||
	    ((fake_net.alias || fake_net.hidden) &&
	     streq(change->owner, HOST_OWNER)))
		fake_net.wrong_guard = true;
	tlsa_set_add_all(served, &change->add);
	tlsa_set_remove_all(served, &change->remove);
	fake_net.emptied |= served->count == 0;
}

/* Deletes what is not there, and nothing else: see act/trial.h. */
static bool is_trial(const struct change *change)
{
	const struct tlsa_set *served = set_of(change->owner);

	if (change->add.count || change->ours.count ||
	    change->remove.count != 1)
		return false;
	for (size_t i = 0; i < served->count; i++)
		if (tlsa_compare(&served->records[i],
				 change->remove.records) == 0)
			return false;
	return true;
}

static void answer(const struct change *change, struct update_result *result)
{
	if (is_trial(change)) {
		fake_net.trials++;
		result->verdict = fake_net.trial;
		result->detail = fake_net.trial == UPDATE_DONE ? NULL :
				 xstrdup("192.0.2.1 says no to a trial");
		return;
	}
	if (fake_net.before_update)
		fake_net.before_update();
	assert_true(the_host->locked);
	fake_net.updates++;
	fake_net.last_ttl_seconds = change->ttl_seconds;
	switch (fake_net.manner) {
	case FAKE_OBEYS:
		obey(change);
		result->verdict = UPDATE_DONE;
		return;
	case FAKE_LOSES_ANSWER:
		obey(change);
		result->verdict = UPDATE_UNANSWERED;
		break;
	case FAKE_HANGS_UP:
		result->verdict = UPDATE_UNANSWERED;
		break;
	case FAKE_RACES:
		tlsa_set_add_all(set_of(change->owner), &change->add);
		fake_net.manner = FAKE_OBEYS;
		result->verdict = UPDATE_RACED;
		break;
	case FAKE_HOLDS:
		result->verdict = UPDATE_RACED;
		break;
	case FAKE_REFUSES:
		result->verdict = UPDATE_REFUSED;
		break;
	case FAKE_SWALLOWS:
		result->verdict = UPDATE_DONE;
		return;
	case FAKE_SAYS:
		obey(change);
		result->verdict = fake_net.says;
		result->doubtful = fake_net.doubtful;
		break;
	}
	result->detail = xstrdup("192.0.2.1 says no");
}

void update_send(struct world *world, struct update *updates, size_t n)
{
	(void)world;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < updates[i].change_count; k++)
			answer(&updates[i].changes[k],
			       &updates[i].results[k]);
}

void probe_run(struct world *world, const struct config *config,
	       struct probe_request *requests, size_t n)
{
	(void)config;
	fake_net.probe_deadline_ms = world->deadline_ms;
	if (fake_net.before_probe)
		fake_net.before_probe();
	for (size_t i = 0; i < n; i++) {
		assert_non_null(requests[i].wanted);
		fake_net.probes++;
		fake_net.probed = requests[i];
		fake_net.probed_known_count = requests[i].known->count;
		requests[i].verdict = fake_net.probe;
		requests[i].detail = xstrdup("it presents something");
		visits_add(&requests[i].visits, fake_net.visit,
			   xstrdup("[192.0.2.9]"), xstrdup("it is odd"));
	}
}

/* ---- The host --------------------------------------------------------- */

static void write_key(struct host *host)
{
	char *path = xasprintf("%s/key", host->fixture->root);

	test_file_write(host->fixture->root, "key",
			"key \"k.example.\" {\n\talgorithm hmac-sha256;\n"
			"\tsecret \"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5"
			"MDE=\";\n};\n");
	assert_int_equal(chmod(path, 0600), 0);
	host->config.key = path;
}

static void open_config(struct host *host)
{
	struct fixture *fixture = host->fixture;

	host->spec = (struct config_spec){ .params = { 3, 1, 1 }, .port = 25,
		.protocol = "tcp", .host = lent("mail.example.com."),
		.owner = lent(HOST_OWNER) };
	host->target = (struct config_target){ .name = lent(NAME),
		.specs = &host->spec, .spec_count = 1,
		.files = PEM_ALL_LINKS,
		.reload = lent("reload"), .probe = CONFIG_PROBE_AUTO };
	host->config = (struct config){ .path = lent("alnitak.conf"),
		.letsencrypt_directory = fixture->letsencrypt_path,
		.dane_directory = fixture->dane_path,
		.state_directory = fixture->state_path,
		.follow_live = host_follows_live, .record_ttl_seconds = 300,
		.ttl_factor = 2, .margin_seconds = 120,
		.targets = &host->target, .target_count = 1 };
	write_key(host);
}

int host_open(void **state)
{
	struct host *host = xcalloc(1, sizeof(*host));
	void *fixture;

	log_open(LOG_SINK_NONE, NULL, LOG_LEVEL_NO, true);
	fixture_open(&fixture);
	host->fixture = fixture;
	assert_int_equal(chmod(host->fixture->state_path, 0700), 0);
	host->world = host->fixture->world;
	host->world.random = host->fixture->real.random;
	host->world.dir_space = host->fixture->real.dir_space;
	host->world.source_test = host->fixture->real.source_test;
	host->world.now = host_now;
	host->world.sleep = host_sleep;
	host->world.lock = host_lock;
	host->world.unlock = host_unlock;
	host->world.lock_held = host_lock_held;
	host->world.execute = host_execute;
	host->world.errand_rights = host_errand_rights;
	host->now = (struct moment){ HOST_BEGIN, 1000000, "boot", true };
	open_config(host);
	host_renew(host, 1);
	tlsa_set_clear(&fake_net.served);
	tlsa_set_clear(&fake_net.stale);
	run_outside_clear();
	fake_net = (struct fake_net){ .ttl_seconds = 300,
				      .probe = PROBE_SAW_NEW,
				      .trial = UPDATE_DONE };
	the_host = host;
	*state = host;
	return 0;
}

int host_close(void **state)
{
	struct host *host = *state;
	void *fixture = host->fixture;

	assert_false(host->locked);
	tlsa_set_clear(&fake_net.served);
	tlsa_set_clear(&fake_net.stale);
	run_outside_clear();
	tlsa_set_clear(&fake_net.served_elsewhere);
	fixture_close(&fixture);
	free(host->config.key);
	free(host->notice);
	if (host->second)
		test_version_free(host->second);
	free(host);
	return 0;
}

void host_add_second(struct host *host, const char *owner)
{
	struct test_pki *pki = test_pki_open();

	host->second = test_version_make(pki, HOST_SECOND, TEST_LEAF_EC);
	test_pki_close(pki);
	test_archive_write(host->fixture->letsencrypt_path, HOST_SECOND, 1,
			   host->second);
	test_live_write(host->fixture->letsencrypt_path, HOST_SECOND, 1);
	host->both[0] = host->both[1] = host->target;
	host->both[1].name = lent(HOST_SECOND);
	host->second_spec = host->spec;
	host->second_spec.owner = lent(owner);
	host->both[1].specs = &host->second_spec;
	host->config.targets = host->both;
	host->config.target_count = 2;
}

void host_add_record(struct host *host, unsigned number, struct tlsa_set *set)
{
	struct fixture *fixture = host->fixture;
	struct tlsa record;
	struct chain *chain;
	char *detail;

	assert_int_equal(lineage_load_archive(
		&fixture->real_lineage, number, &chain, &detail), VERSION_OK);
	assert_true(tlsa_from_chain(chain, host->spec.params, &record));
	tlsa_set_add(set, &record);
	tlsa_clear(&record);
	chain_free(chain);
	free(detail);
}

void host_renew(struct host *host, unsigned number)
{
	test_live_write(host->fixture->letsencrypt_path, NAME, number);
}

const struct calling *called(const char *command)
{
	const struct command *row = command_find(command);

	assert_non_null(row);
	return &row->calling;
}

struct action host_pass(struct host *host, const char *command,
			enum exit_status want)
{
	struct action action;
	struct pass pass;

	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called(command), RUN_PLAIN), EXIT_DONE);
	run_pass(&pass);
	action = pass.targets.items[0].action;
	if (run_status(&pass) != want)
		fail_msg("status %d: %s", run_status(&pass),
			 pass.targets.items[0].line);
	run_close(&pass);
	action.changes = (struct changes){ NULL, 0 };	/* gone with it */
	return action;
}

void assert_rests(struct host *host, unsigned number)
{
	const struct links pinned = { .place = LINKS_ARCHIVE,
				      .number = number };

	assert_links(host->fixture, host->config.follow_live ?
		     &fixture_rest : &pinned);
}

struct state *host_state(struct host *host)
{
	struct world *real = &host->fixture->real;
	int dir = real->dir_open(real, host->fixture->places.state, "targets");
	struct state *state;
	char *detail;

	assert_true(dir >= 0);
	assert_int_equal(state_load(real, dir, NAME, &state, &detail),
			 STATE_OK);
	real->dir_close(real, dir);
	return state;
}
