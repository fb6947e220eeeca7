/* SPDX-License-Identifier: MIT */
#include "base/xalloc.h"
#include "support/capture.h"
#include "tell/setup_print.h"
#include "unit.h"

/* What is printed, with where the server is to read the key behind it. */
static char *printed(const char *file, bool made, enum setup_server server)
{
	const struct setup_key key = {
		.path = file, .file = lent(file), .name = lent("k"),
		.algorithm = "hmac-sha256", .made = made, .usable = true,
	};
	char *path, *text, *all;

	capture_begin();
	path = setup_key_made(&key, server, "MAKER");
	text = capture_end();
	all = xasprintf("%s=> %s", text, path);
	free(text);
	free(path);
	return all;
}

static void ends(const char *file, bool made, enum setup_server server,
		 const char *want)
{
	char *text = printed(file, made, server);
	size_t size = strlen(text), wanted = strlen(want);

	assert_true(size >= wanted);
	assert_string_equal(text + size - wanted, want);
	free(text);
}

TEST(ways)
{
	ends("/etc/bind/a.key", false, SETUP_BIND, "\nMAKER | install -m 640 "
	     "-g bind /dev/stdin /etc/bind/a.key\n=> /etc/bind/a.key");
	ends("/etc/a.key", false, SETUP_BIND, "\nMAKER | install -m 600 "
	     "/dev/stdin /etc/a.key\n"
	     "install -m 640 -g bind /etc/a.key /etc/bind/a.key\n"
	     "=> /etc/bind/a.key");
	ends("/etc/a.key", true, SETUP_KNOT, ".\ninstall -m 640 -g knot "
	     "/etc/a.key /etc/knot/a.key\n=> /etc/knot/a.key");
	ends("/etc/knot/a.key", true, SETUP_KNOT, ".\nchown root:knot "
	     "/etc/knot/a.key && chmod 640 /etc/knot/a.key\n"
	     "=> /etc/knot/a.key");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
