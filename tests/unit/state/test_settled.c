/* SPDX-License-Identifier: MIT */
#include "state/settled.h"

#include "base/xalloc.h"
#include "unit.h"

#include <stdio.h>

#define WRITER "1.2"

static struct settled_target make(const char *name, uint8_t octet)
{
	struct settled_target target = {
		.name = lent(name), .number = octet, .copied = octet & 1,
		.chain = { .not_before_seconds = 1800000000 + octet,
			   .not_after_seconds = 1900000000 + octet },
		.looked_ms = 1850000000000 + octet,
		.saved = { .wall_ms = 1840000000000 + octet, .boot_ms = octet,
			   .boot_id = "20fd6c9f-8273", .synchronised = true },
	};

	memset(target.print.sha256, octet, FINGERPRINT_SIZE);
	memset(target.chain.version.sha256, octet + 1, FINGERPRINT_SIZE);
	memset(target.chain.leaf.sha256, octet + 2, FINGERPRINT_SIZE);
	return target;
}

static char *write_two(void)
{
	struct settled settled = { NULL, 0 };
	struct settled_target one = make("b.test", 1), two = make("a b", 2);
	char *text;

	two.saved.boot_id[0] = '\0';
	settled_add(&settled, &one);
	settled_add(&settled, &two);
	settled_sort(&settled);
	text = settled_format(&settled, WRITER);
	settled_clear(&settled);
	return text;
}

static bool parses(const char *text, const char *writer)
{
	struct settled settled;
	bool good = settled_parse(text, strlen(text), writer, &settled);

	assert_true(good || (!settled.items && !settled.count));
	settled_clear(&settled);
	return good;
}

/* TEXT with FROM made TO, and a last line that fits: as written by somebody
 * whose name goes on with all those lines. */
static char *changed(const char *text, const char *from, const char *to)
{
	const struct settled none = { NULL, 0 };
	const char *at = strstr(text, from), *begin = strstr(text, WRITER);
	const char *last = strstr(text, "b.test") + strlen("b.test");
	char *writer, *result;

	assert_true(at && at > begin && at < last);
	if (at + strlen(from) > last)
		last = at + strlen(from);
	writer = xasprintf("%.*s%s%.*s", (int)(at - begin), begin, to,
			   (int)(last - at) - (int)strlen(from),
			   at + strlen(from));
	result = settled_format(&none, writer);
	free(writer);
	return result;
}

TEST(read_as_written)
{
	char *text = write_two(), *again;
	struct settled settled;
	const struct settled_target *a, *b;

	assert_true(settled_parse(text, strlen(text), WRITER, &settled));
	assert_int_equal(settled.count, 2);
	a = settled_find(&settled, "a b");
	b = settled_find(&settled, "b.test");
	assert_null(settled_find(&settled, "c"));
	assert_string_equal(a->saved.boot_id, "");
	assert_string_equal(b->saved.boot_id, "20fd6c9f-8273");
	assert_true(b->saved.synchronised);
	assert_true(b->copied && !a->copied);
	assert_int_equal(a->number, 2);
	assert_int_equal(b->print.sha256[31], 1);
	assert_int_equal(b->chain.version.sha256[31], 2);
	assert_int_equal(b->chain.leaf.sha256[31], 3);
	assert_int_equal(b->chain.not_before_seconds, 1800000001);
	assert_int_equal(b->chain.not_after_seconds, 1900000001);
	assert_int_equal(b->looked_ms, 1850000000001);
	assert_int_equal(b->saved.wall_ms, 1840000000001);
	assert_int_equal(b->saved.boot_ms, 1);
	again = settled_format(&settled, WRITER);
	assert_string_equal(again, text);
	settled_clear(&settled);
	free(again);
	free(text);
}

TEST(nothing_rests)
{
	struct settled none = { NULL, 0 };
	char *text = settled_format(&none, WRITER);

	assert_true(parses(text, WRITER));
	assert_null(settled_find(&none, "a"));
	settled_sort(&none);
	free(text);
}

/* Another program may rest on something else. */
TEST(of_another_writer)
{
	char *text = write_two();

	assert_true(parses(text, WRITER));
	assert_false(parses(text, "1.3"));
	assert_false(parses(text, "1"));
	assert_false(parses("", WRITER));
	free(text);
}

TEST(torn_anywhere)
{
	char *text = write_two();
	size_t size = strlen(text);
	struct settled settled;

	for (size_t i = 0; i < size; i++)
		assert_false(settled_parse(text, i, WRITER, &settled));
	for (size_t i = 0; i < size; i++) {
		text[i] ^= 1;
		assert_false(parses(text, WRITER));
		text[i] ^= 1;
	}
	assert_true(parses(text, WRITER));
	free(text);
}

/* What a line says is wanted as it is written here, whoever reckoned the last
 * one out. */
TEST(bad_lines)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
		{ " a b\n", " \n" }, { " a b\n", " a/b\n" },
		{ " a b\n", " b.test\n" }, { " a b\n", " c\n" },
		{ " 1800000001 ", " -1 " }, { " 1800000001 ", "  " },
		{ " 1800000001 ", " 1x " }, { " 1800000001 ", " " },
		{ " 1800000001 ", " 999999999999999999 " },
		{ " 1800000001 ", " 1800000001000000000 " },
		{ " 1800000001 ", " 18446744075509551617 " },
		{ " 1 20fd6c9f-8273 ", " 2 20fd6c9f-8273 " },
		{ " 20fd6c9f-8273 ",
		  " 0123456789012345678901234567890123456789 " },
		{ " 1 1 1800", " 4294967296 1 1800" },
		{ " 0202", " 02" }, { " 0202", " x202" },
		{ "\n0101", "\n\n0101" },
	};
	char *text = write_two(), *same = changed(text, "b.test", "b.test");

	assert_string_equal(same, text);
	free(same);
	for (size_t i = 0; i < COUNT(cases); i++) {
		char *bad = changed(text, cases[i].from, cases[i].to);

		if (parses(bad, WRITER))
			fail_msg("case %zu: %s", i, bad);
		free(bad);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_as_written),
		cmocka_unit_test(test_nothing_rests),
		cmocka_unit_test(test_of_another_writer),
		cmocka_unit_test(test_torn_anywhere),
		cmocka_unit_test(test_bad_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
