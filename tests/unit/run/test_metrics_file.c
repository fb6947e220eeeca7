/* SPDX-License-Identifier: MIT */
#include "run/metrics_file.h"

#include "base/xalloc.h"
#include "support/certificates.h"
#include "support/passes.h"
#include "unit.h"

static char *path;

static int open_here(void **state)
{
	struct host *host;

	opened_open(state);
	host = *state;
	path = xasprintf("%s/a.prom", host->fixture->root);
	host->config.metrics_file = path;
	return 0;
}

static int close_here(void **state)
{
	free(path);
	return opened_close(state);
}

/* Is there one, and of which mode? */
static void expect(bool there)
{
	struct world *world = opened.source.world;
	struct file_info info;
	char *text;
	size_t size;

	if (!there) {
		assert_int_equal(world->file_read(world, WORLD_CWD, path, 9,
						  &text, &size, NULL),
				 -ENOENT);
		return;
	}
	assert_int_equal(world->file_read(world, WORLD_CWD, path, 100000,
					  &text, &size, &info), 0);
	assert_int_equal(info.mode, 0644);
	assert_non_null(strstr(text, "\nalnitak_targets 1\n"));
	free(text);
}

TEST(written_and_replaced)
{
	metrics_file_write(&opened);
	expect(true);
	metrics_file_write(&opened);
	expect(true);
}

TEST(not_where_it_is_not_wanted)
{
	struct host *host = *state;

	host->config.metrics_file = NULL;
	metrics_file_write(&opened);
	host->config.metrics_file = path;
	opened.source.dry_run = true;
	metrics_file_write(&opened);
	opened.source.dry_run = false;
	opened.source.local_only = true;
	metrics_file_write(&opened);
	expect(false);
}

/* The directory is not there: that is said, and nothing else. */
TEST(cannot_be_written)
{
	struct host *host = *state;
	char *nowhere = xasprintf("%s/none/a.prom", host->fixture->root);

	host->config.metrics_file = nowhere;
	metrics_file_write(&opened);
	host->config.metrics_file = lent("/");
	metrics_file_write(&opened);
	expect(false);
	free(nowhere);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(written_and_replaced, open_here, close_here),
		CASE_WITH(not_where_it_is_not_wanted, open_here, close_here),
		CASE_WITH(cannot_be_written, open_here, close_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
