/* SPDX-License-Identifier: MIT */
#include "command/command.h"

#include "base/xalloc.h"
#include "support/capture.h"
#include "support/run.h"

/* Each command does what its name says, told by what it leaves behind. */
static void test_dispatch(void **state)
{
	static const struct {
		enum command command;
		const char *output;	/* a part of it */
		bool asks;
	} rows[] = {
		{ COMMAND_INIT, "", false },
		{ COMMAND_PRE, "", false },
		{ COMMAND_DEPLOY, "", true },
		{ COMMAND_POST, "", false },
		{ COMMAND_RUN, "", false },
		{ COMMAND_STATUS, NAME ": at rest", false },
		{ COMMAND_PRINT, HOST_OWNER " IN TLSA 3 1 1 ", false },
		{ COMMAND_CONFIGTEST, "alnitak.conf: good", false },
	};
	struct host *host = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct options options = { .command = rows[i].command };
		unsigned before = fake_net.surveys;
		char *text;

		capture_begin();
		assert_int_equal(command_execute(&host->world, &host->config,
						 &options), EXIT_DONE);
		text = capture_end();
		if (!strstr(text, rows[i].output))
			fail_msg("row %zu: %s", i, text);
		assert_int_equal(fake_net.surveys > before, rows[i].asks);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_dispatch, host_open,
						host_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
