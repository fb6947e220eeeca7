/* SPDX-License-Identifier: MIT */
#include "command/check_hooks.h"

#include "base/xalloc.h"
#include "support/run.h"

#include <stdio.h>
#include <sys/stat.h>

#define GOOD "#!/bin/sh\n# Goes to /none/alnitak.\nexec alnitak deploy\n"

static struct host *host;
static struct checkup checkup;

static int open_all(void **state)
{
	host_open(state);
	host = *state;
	return 0;
}

static int close_all(void **state)
{
	checkup_clear(&checkup);
	return host_close(state);
}

static char *path_of(const char *name)
{
	return xasprintf("%s/%s", host->fixture->letsencrypt_path, name);
}

static void put(const char *name, const char *text, mode_t mode)
{
	char *path = path_of(name);

	test_file_write(host->fixture->letsencrypt_path, name, text);
	assert_int_equal(chmod(path, mode), 0);
	free(path);
}

static void take_away(const char *name)
{
	char *path = path_of(name);

	assert_int_equal(remove(path), 0);
	free(path);
}

static void put_all(void)
{
	put("renewal-hooks/pre/alnitak", GOOD, 0755);
	put("renewal-hooks/deploy/50-dane", GOOD, 0755);
	put("renewal-hooks/post/alnitak", GOOD, 0755);
}

static void expect(enum checkup_level level, const char *what)
{
	const struct checkup_finding *finding;

	checkup_clear(&checkup);
	check_hooks(checkup_begin(&checkup, CHECKUP_HOST), &host->world,
		    &host->config);
	assert_int_equal(checkup.sections[0].count, 1);
	finding = checkup.sections[0].findings;
	assert_string_equal(finding->subject, "hooks");
	if (!strstr(finding->detail, what))
		fail_msg("%s", finding->detail);
	assert_int_equal(finding->level, level);
}

TEST(all_or_none)
{
	expect(CHECKUP_NOTE, "certbot has none of alnitak");
	put_all();
	put("renewal-hooks/deploy/other", "#!/bin/sh\n", 0755);
	expect(CHECKUP_GOOD, "certbot runs alnitak");
}

/* The command that mends it can be pasted. */
TEST(one_was_removed)
{
	put_all();
	take_away("renewal-hooks/deploy/50-dane");
	expect(CHECKUP_WARNING, "no deploy hook of alnitak when it renews "
	       NAME "; install -m 755 " ALNITAK_CERTBOT "/deploy-alnitak ");
	expect(CHECKUP_WARNING, "/renewal-hooks/deploy/alnitak");
	put("renewal-hooks/deploy/alnitak~", GOOD, 0755);
	expect(CHECKUP_WARNING, "no deploy hook");
}

TEST(one_that_is_not_run)
{
	put_all();
	put("renewal-hooks/post/alnitak", GOOD, 0644);
	expect(CHECKUP_WARNING, "cannot be executed (mode 0644), so certbot "
	       "passes it over; chmod 755 ");
}

TEST(one_that_runs_nothing)
{
	put_all();
	put("renewal-hooks/post/alnitak",
	    "#!/bin/sh\n[ -x \"/none/alnitak\" ] || exit 0\n", 0755);
	expect(CHECKUP_WARNING, "runs /none/alnitak, which is not there");
	put("renewal-hooks/post/alnitak",
	    "#!/bin/sh\nexec alnitak -c /etc/alnitak/x post # /alnitak/\n",
	    0755);
	expect(CHECKUP_GOOD, "");
}

static int refuse(struct world *world, int dir, const char *name, bool follow,
		  struct file_info *info)
{
	struct faults *faults = world->self;

	return strstr(name, "/none/") ? -EACCES :
		faults->real->file_info(faults->real, dir, name, follow, info);
}

/* It may be there all the same. */
TEST(one_that_cannot_be_seen)
{
	put_all();
	put("renewal-hooks/post/alnitak", "#!/bin/sh\n/none/alnitak post\n",
	    0755);
	host->world.file_info = refuse;
	expect(CHECKUP_GOOD, "");
}

/* Given to certbot by hand, for all or for one. */
TEST(in_configuration_files)
{
	put("cli.ini", "# alnitak\npre-hook = /x/alnitak pre\n", 0644);
	expect(CHECKUP_WARNING, "no deploy hook");
	put("renewal/" NAME ".conf", "[renewalparams]\n"
	    "renew_hook = alnitak deploy\n post_hook= alnitak post\n"
	    "post_hook_of_others = alnitak\n", 0644);
	expect(CHECKUP_GOOD, "");
	put("renewal/" NAME ".conf", "renew_hook = true\npost_hook = x\n",
	    0644);
	expect(CHECKUP_WARNING, "no deploy hook");
}

/* The pre hook is all that keeps the new certificate out of service. */
TEST(links_that_follow_live)
{
	host->config.follow_live = true;
	expect(CHECKUP_BAD, "no pre hook of alnitak");
	put_all();
	expect(CHECKUP_GOOD, "");
	take_away("renewal-hooks/post/alnitak");
	expect(CHECKUP_WARNING, "no post hook");
	take_away("renewal-hooks/pre/alnitak");
	expect(CHECKUP_BAD, "goes into service before its record");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_all, close_all)
		CASE(all_or_none),
		CASE(one_was_removed),
		CASE(one_that_is_not_run),
		CASE(one_that_runs_nothing),
		CASE(one_that_cannot_be_seen),
		CASE(in_configuration_files),
		CASE(links_that_follow_live),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
