/* SPDX-License-Identifier: MIT */
#include "run/rests_print.h"

#include "base/xalloc.h"
#include "support/passes.h"

#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>

static struct host *host;
static struct pass pass;

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	host->fixture->faults.files_are_old = true;
	begin_settled(host);
	assert_int_equal(run_open(&pass, &host->world, &host->config,
				  called("run"), RUN_PLAIN), EXIT_DONE);
	return 0;
}

static int close_all(void **state)
{
	run_close(&pass);
	return host_close(state);
}

/* Of whatever is asked for below there, the octet at this place is another. */
static size_t altered;
static const char *altered_below;

static int altered_info(struct world *world, int dir, const char *name,
			bool follow, struct file_info *info)
{
	int error = host->fixture->world.file_info(world, dir, name, follow,
						   info);

	if (!error && strncmp(name, altered_below, strlen(altered_below)) == 0)
		((unsigned char *)info)[altered] ^= 1;
	return error;
}

/* True: it can be told. */
static bool make(bool copied, int64_t latest_ns, struct fingerprint *result)
{
	const struct settled_target at = { .number = 1, .copied = copied,
		.chain.version = host->fixture->version[1] };

	return rests_print_base(&pass, &pass.rests.base) &&
	       rests_print(&pass, &host->target, &at, latest_ns, result);
}

/* SCRIPT, in the root of the fixture, makes another print, or none. */
static void expect_seen(const char *script)
{
	char *line = xasprintf("cd %s && sleep 0.02 && %s",
			       host->fixture->root, script);
	struct fingerprint before, after;

	assert_true(make(true, INT64_MAX, &before));
	assert_true(make(true, INT64_MAX, &after));
	assert_true(fingerprint_equal(&before, &after));
	assert_int_equal(system(line), 0);
	if (make(true, INT64_MAX, &after) && fingerprint_equal(&before, &after))
		fail_msg("not seen: %s", script);
	free(line);
}

#define LE "etc/letsencrypt/"
#define DANE "etc/alnitak/dane/" NAME "/"
#define HELD "state/held/" NAME

TEST(whatever_changes_is_seen)
{
	static const char *const scripts[] = {
		"touch state/targets/" NAME ".json",
		"chmod 0400 state/targets/" NAME ".json",
		"ln -sfn 2 " DANE ".generation",
		"touch -h -d @1 etc/alnitak/dane/" NAME,
		"touch " LE "live/" NAME "/x",
		"touch " LE "archive/" NAME "/x",
		"echo >> " LE "archive/" NAME "/cert1.pem",
		"echo >> " LE "archive/" NAME "/chain1.pem",
		"echo >> " LE "archive/" NAME "/fullchain1.pem",
		"echo >> " LE "archive/" NAME "/privkey1.pem",
		"chmod 0710 " LE "archive",
		"mkdir " HELD "/x",
		"for d in " HELD "/*; do touch $d/y; done",
		"chmod 0600 state/held",
		"chmod 0711 state/held",
		"for d in " HELD "/*; do echo >> $d/combined.pem; done",
		"for f in " HELD "/*/cert.pem; do cp $f x && mv x $f; done",
		"for f in " HELD "/*/cert.pem; do echo >> $f; done",
		"cp -a " LE "archive x && mv " LE "archive y && mv x " LE
			"archive",
		"rm " LE "archive/" NAME "/cert1.pem",
	};

	for (size_t i = 0; i < COUNT(scripts) - 1; i++)
		expect_seen(scripts[i]);
	expect_seen(scripts[COUNT(scripts) - 1]);
}

/* A mount over it has another device, a copy with all its times another
 * inode; and whoever sets the time of the content cannot set the other. */
TEST(every_detail_counts)
{
	static const size_t details[] = {
		offsetof(struct file_info, kind),
		offsetof(struct file_info, mode),
		offsetof(struct file_info, uid),
		offsetof(struct file_info, gid),
		offsetof(struct file_info, size),
		offsetof(struct file_info, device),
		offsetof(struct file_info, inode),
		offsetof(struct file_info, modified_ns),
		offsetof(struct file_info, changed_ns),
	};
	struct fingerprint before, after;

	assert_true(make(false, INT64_MAX, &before));
	host->world.file_info = altered_info;
	altered_below = "";
	for (size_t i = 0; i < COUNT(details); i++) {
		altered = details[i];
		assert_true(make(false, INT64_MAX, &after));
		if (fingerprint_equal(&before, &after))
			fail_msg("not seen: octet %zu", altered);
	}
}

/* A new lineage beside it is nobody else's matter. */
TEST(neighbours_are_not_seen)
{
	struct fingerprint before, after;
	char *line = xasprintf("cd %s && mkdir " LE "archive/x " LE "live/x "
			       "state/held/x etc/alnitak/dane/x",
			       host->fixture->root);

	assert_true(make(false, INT64_MAX, &before));
	assert_int_equal(system(line), 0);
	assert_true(make(false, INT64_MAX, &after));
	assert_true(fingerprint_equal(&before, &after));
	free(line);
}

static void expect_counts(void *setting, size_t size)
{
	unsigned char *octet = setting;
	struct fingerprint before, after;

	assert_true(make(false, INT64_MAX, &before));
	octet[0] ^= 1;
	assert_true(size && make(false, INT64_MAX, &after));
	assert_false(fingerprint_equal(&before, &after));
	octet[0] ^= 1;
}

TEST(the_configuration_counts)
{
	struct config *config = &host->config;
	struct config_spec *spec = &host->target.specs[0];
	struct fingerprint before, after;

	expect_counts(&config->follow_live, sizeof(config->follow_live));
	expect_counts(&config->record_ttl_seconds, 4);
	expect_counts(&host->target.files, sizeof(host->target.files));
	expect_counts(&spec->params.usage, 1);
	expect_counts(&spec->params.selector, 1);
	expect_counts(&spec->params.matching, 1);
	expect_counts(&host->world.uid, sizeof(host->world.uid));
	assert_true(make(false, INT64_MAX, &before));
	spec->owner = lent("_26._tcp.mail.example.com.");
	assert_true(make(false, INT64_MAX, &after));
	assert_false(fingerprint_equal(&before, &after));
	spec->owner = lent(HOST_OWNER);
	pass.source.places.dane_path = "/elsewhere";
	assert_true(make(false, INT64_MAX, &after));
	assert_false(fingerprint_equal(&before, &after));
}

/* What is as young as that may change again unseen. */
TEST(youth_counts)
{
	struct fingerprint print;

	assert_true(make(false, INT64_MAX, &print));
	assert_false(make(false, 1, &print));
	host->fixture->faults.files_are_old = false;
	assert_true(make(false, INT64_MAX, &print));
	assert_false(make(false, INT64_MAX - 1, &print));
}

TEST(copies_are_told_from_links)
{
	const struct fingerprint *version = &host->fixture->version[1];
	char *line = xasprintf("cd %s && cp " HELD "/*/cert.pem x && "
			       "mv x " HELD "/*/cert.pem", host->fixture->root);
	bool copied;

	assert_true(rests_print_copied(&pass, NAME, version, &copied));
	assert_false(copied);
	host->world.file_info = altered_info;
	altered = offsetof(struct file_info, device);
	altered_below = "held/";
	assert_true(rests_print_copied(&pass, NAME, version, &copied));
	assert_true(copied);
	host->world.file_info = host->fixture->world.file_info;
	assert_int_equal(system(line), 0);
	assert_true(rests_print_copied(&pass, NAME, version, &copied));
	assert_true(copied);
	assert_false(rests_print_copied(&pass, "other", version, &copied));
	free(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, close_all)
		CASE(whatever_changes_is_seen),
		CASE(every_detail_counts),
		CASE(neighbours_are_not_seen),
		CASE(the_configuration_counts),
		CASE(youth_counts),
		CASE(copies_are_told_from_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
