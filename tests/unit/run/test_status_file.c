/* SPDX-License-Identifier: MIT */
#include "run/status_file.h"

#include "base/xalloc.h"
#include "support/certificates.h"
#include "support/passes.h"
#include "unit.h"

#include <sys/stat.h>

static char *path, *directory;
static struct summary summary;
static bool absent;

static int open_here(void **state)
{
	struct host *host;

	opened_open(state);
	host = *state;
	directory = xasprintf("%s/run", host->fixture->root);
	path = xasprintf("%s/status.json", directory);
	host->config.status_file = path;
	return 0;
}

static int close_here(void **state)
{
	free(path);
	free(directory);
	return opened_close(state);
}

static void expect_fault(const char *want, bool is_absent)
{
	char *fault = status_file_read(opened.source.world, path, &summary,
				       &absent);

	assert_non_null(fault);
	if (!strstr(fault, want))
		fail_msg("%s", fault);
	assert_int_equal(absent, is_absent);
	free(fault);
}

/* Whoever may come to the directory may read it; that is made, too. */
TEST(written_and_read)
{
	struct world *world = opened.source.world;
	struct file_info info;
	mode_t was = umask(077);

	expect_fault("No such file", true);
	for (int i = 0; i < 2; i++) {
		status_file_write(&opened);
		assert_null(status_file_read(world, path, &summary, &absent));
		assert_non_null(summary_find(&summary, NAME));
		summary_clear(&summary);
	}
	umask(was);
	world->file_info(world, WORLD_CWD, path, false, &info);
	assert_int_equal(info.mode, 0644);
	world->file_info(world, WORLD_CWD, directory, false, &info);
	assert_int_equal(info.mode, 0755);
}

/* What others could have written says nothing. */
TEST(not_believed)
{
	status_file_write(&opened);
	assert_int_equal(chmod(path, 0666), 0);
	expect_fault("", false);
	assert_int_equal(chmod(path, 0644), 0);
	test_file_write(directory, "status.json", "{");
	expect_fault("no JSON object", false);
}

TEST(not_where_it_is_not_wanted)
{
	struct host *host = *state;

	host->config.status_file = NULL;
	status_file_write(&opened);
	host->config.status_file = path;
	opened.source.dry_run = true;
	status_file_write(&opened);
	opened.source.dry_run = false;
	opened.source.local_only = true;
	status_file_write(&opened);
	expect_fault("No such file", true);
}

/* That is said, and nothing else. */
TEST(cannot_be_written)
{
	struct host *host = *state;
	char *nowhere = xasprintf("%s/none/none/a", host->fixture->root);

	host->config.status_file = nowhere;
	status_file_write(&opened);
	host->config.status_file = lent("/");
	status_file_write(&opened);
	free(nowhere);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_here, close_here)
		CASE(written_and_read),
		CASE(not_believed),
		CASE(not_where_it_is_not_wanted),
		CASE(cannot_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
