/* SPDX-License-Identifier: MIT */
#include "base/octets.h"

#include "base/xalloc.h"
#include "unit.h"

#define LIMIT 100

static struct octets written;

static int clear(void **state)
{
	(void)state;
	octets_clear(&written);
	return 0;
}

static struct octets_reader reader_of(const struct octets *octets)
{
	return (struct octets_reader){ .data = octets->data,
				       .left = octets->size };
}

static void expect_text(struct octets_reader *reader, const char *text)
{
	char *read = octets_text(reader, LIMIT);

	if (!streq(read, text) && (read || text))
		fail_msg("\"%s\"", read ? read : "(none)");
	free(read);
}

/* ---- What is written is read ------------------------------------------- */

static void write_all(void)
{
	octets_put_number(&written, 0);
	octets_put_number(&written, UINT64_MAX);
	octets_put_number(&written, true);
	octets_put_number(&written, (uint64_t)INT64_C(-5));
	octets_put_block(&written, "\0\n\377", 3);
	octets_put_block(&written, NULL, 0);
	octets_put_text(&written, NULL);
	octets_put_text(&written, "");
	octets_put_text(&written, "D\xc3\xbcne 1");
	octets_put(&written, "raw", 3);
}

/* True where all of it was there. */
static bool read_all(struct octets_reader *reader)
{
	bool good = octets_number(reader, 9) == 0;
	size_t size, none;
	uint8_t *block;
	char *texts[3], raw[3];

	good &= octets_number(reader, UINT64_MAX) == UINT64_MAX;
	good &= octets_bool(reader);
	good &= octets_signed(reader) == -5;
	block = octets_block(reader, 3, &size);
	good &= block && size == 3 && memcmp(block, "\0\n\377", 3) == 0;
	good &= octets_block(reader, LIMIT, &none) == NULL && none == 0;
	for (size_t i = 0; i < COUNT(texts); i++)
		texts[i] = octets_text(reader, 7);
	good &= !texts[0] && streq(texts[1], "") &&
		streq(texts[2], "D\xc3\xbcne 1");
	octets_take(reader, raw, sizeof(raw));
	good &= memcmp(raw, "raw", 3) == 0;
	for (size_t i = 0; i < COUNT(texts); i++)
		free(texts[i]);
	free(block);
	return good;
}

TEST(round_trip)
{
	struct octets_reader reader;

	write_all();
	reader = reader_of(&written);
	assert_true(read_all(&reader));
	assert_true(octets_over(&reader));
}

TEST(highest_first)
{
	static const uint8_t wire[] = { 0, 0, 0, 0, 1, 2, 3, 4,
					0, 0, 0, 0, 0, 0, 0, 2, 'x', 0 };

	octets_put_number(&written, 0x01020304);
	octets_put_text(&written, "x");
	assert_int_equal(written.size, sizeof(wire));
	assert_memory_equal(written.data, wire, sizeof(wire));
}

/* Each beginning in a block of its own: then a sanitizer sees who reads
 * more. */
TEST(cut_short)
{
	write_all();
	for (size_t size = 0; size < written.size; size++) {
		uint8_t *copy = xmemdup(written.data, size);
		struct octets_reader reader = { .data = copy, .left = size };

		assert_false(read_all(&reader));
		assert_true(reader.bad);
		assert_false(octets_over(&reader));
		free(copy);
	}
}

TEST(something_is_left)
{
	struct octets_reader reader;

	octets_put_number(&written, 1);
	octets_put(&written, "x", 1);
	reader = reader_of(&written);
	assert_int_equal(octets_number(&reader, 1), 1);
	assert_false(reader.bad);
	assert_false(octets_over(&reader));
}

TEST(grows)
{
	char text[1000];
	struct octets_reader reader;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (size_t i = 0; i < 50; i++)
		octets_put_text(&written, text);
	assert_int_equal(written.size, 50 * (8 + sizeof(text)));
	assert_true(written.room >= written.size);
	reader = reader_of(&written);
	for (size_t i = 0; i < 50; i++) {
		char *read = octets_text(&reader, sizeof(text));

		assert_string_equal(read, text);
		free(read);
	}
	assert_true(octets_over(&reader));
	octets_clear(&written);
	assert_null(written.data);
	assert_int_equal(written.size + written.room, 0);
}

/* ---- What cannot be ---------------------------------------------------- */

TEST(limits)
{
	struct octets_reader reader;
	size_t size;

	octets_put_number(&written, 7);
	octets_put_text(&written, "1234567");
	reader = reader_of(&written);
	assert_int_equal(octets_number(&reader, 7), 7);
	expect_text(&reader, "1234567");
	assert_true(octets_over(&reader));

	reader = reader_of(&written);
	assert_int_equal(octets_number(&reader, 6), 0);
	assert_true(reader.bad);

	reader = reader_of(&written);
	octets_number(&reader, 7);
	assert_null(octets_text(&reader, 6));
	assert_true(reader.bad);

	reader = reader_of(&written);
	octets_number(&reader, 7);
	assert_null(octets_block(&reader, 7, &size));
	assert_int_equal(size, 0);
	assert_true(reader.bad);

	octets_put_number(&written, 2);
	reader = reader_of(&written);
	octets_number(&reader, 7);
	expect_text(&reader, "1234567");
	assert_false(octets_bool(&reader));
	assert_true(reader.bad);
}

static const struct {
	const char *octets;
	size_t size;
} no_texts[] = {
	{ "a", 1 }, { "abc", 3 },		/* without an end */
	{ "a\0b", 4 }, { "\0", 2 },		/* with an early one */
	{ "a\nb", 4 }, { "\x1b[2J", 5 }, { "\x7f", 2 }, { "\t", 2 },
	{ "\xff", 2 }, { "\xc3", 2 }, { "\xc0\xaf", 3 },
	{ "\xed\xa0\x80", 4 },			/* no UTF-8 */
};

TEST(no_text)
{
	for (size_t i = 0; i < COUNT(no_texts); i++) {
		struct octets_reader reader;

		octets_put_block(&written, no_texts[i].octets,
				 no_texts[i].size);
		octets_put_text(&written, "behind");
		reader = reader_of(&written);
		if (octets_text(&reader, LIMIT) || !reader.bad)
			fail_msg("row %zu is a text", i);
		expect_text(&reader, NULL);
		octets_clear(&written);
	}
}

TEST(a_text_must_be_there)
{
	struct octets_reader reader;
	char *texts[2];

	octets_put_text(&written, "x");
	octets_put_text(&written, NULL);
	reader = reader_of(&written);
	for (size_t i = 0; i < COUNT(texts); i++)
		texts[i] = octets_text_given(&reader, LIMIT);
	assert_string_equal(texts[0], "x");
	assert_string_equal(texts[1], "");
	assert_true(reader.bad);
	free(texts[0]);
	free(texts[1]);
}

/* ---- Numbers that lie -------------------------------------------------- */

static const struct {
	uint64_t said;
	size_t octets, max, least;
	size_t count;			/* SIZE_MAX: bad */
} counts[] = {
	{ 0, 0, SIZE_MAX, 8, 0 },
	{ 3, 24, SIZE_MAX, 8, 3 },
	{ 3, 23, SIZE_MAX, 8, SIZE_MAX },
	{ 3, 24, 2, 8, SIZE_MAX },
	{ 2, 24, 2, 8, 2 },
	{ 24, 24, SIZE_MAX, 1, 24 },
	{ UINT64_MAX, 24, SIZE_MAX, 1, SIZE_MAX },
	{ UINT64_MAX, 24, SIZE_MAX, 8, SIZE_MAX },
	{ UINT64_C(1) << 61, 24, SIZE_MAX, 8, SIZE_MAX },
};

TEST(never_more_than_there_are_octets)
{
	static const uint8_t some[24];

	for (size_t i = 0; i < COUNT(counts); i++) {
		bool is_bad = counts[i].count == SIZE_MAX;
		struct octets_reader reader;
		size_t count;

		octets_put_number(&written, counts[i].said);
		octets_put(&written, some, counts[i].octets);
		reader = reader_of(&written);
		/* What counts is what is left behind the number, too. */
		count = octets_count(&reader, counts[i].max, counts[i].least);
		if (count != (is_bad ? 0 : counts[i].count) ||
		    reader.bad != is_bad)
			fail_msg("row %zu: %zu", i, count);
		octets_clear(&written);
	}
}

/* Who would make room for that first would be at the end of it. */
TEST(huge_blocks)
{
	static const uint64_t sizes[] = { 100, UINT64_C(1) << 40,
					  UINT64_C(1) << 62, UINT64_MAX };

	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct octets_reader reader;
		size_t size = 1;

		octets_put_number(&written, sizes[i]);
		octets_put(&written, "0123456789", 10);
		reader = reader_of(&written);
		assert_null(octets_block(&reader, SIZE_MAX, &size));
		assert_int_equal(size, 0);
		assert_true(reader.bad);
		reader = reader_of(&written);
		assert_null(octets_text(&reader, SIZE_MAX - 1));
		assert_true(reader.bad);
		octets_clear(&written);
	}
}

TEST(stays_bad)
{
	struct octets_reader reader;
	char some[4] = "abc", *given;
	size_t size, left;

	for (size_t i = 0; i < 10; i++)
		octets_put_number(&written, 1);
	reader = reader_of(&written);
	octets_number(&reader, 0);
	assert_true(reader.bad);
	left = reader.left;
	assert_int_equal(octets_number(&reader, UINT64_MAX), 0);
	assert_int_equal(octets_signed(&reader), 0);
	assert_false(octets_bool(&reader));
	assert_int_equal(octets_count(&reader, SIZE_MAX, 1), 0);
	assert_null(octets_block(&reader, SIZE_MAX, &size));
	assert_null(octets_text(&reader, LIMIT));
	given = octets_text_given(&reader, LIMIT);
	assert_string_equal(given, "");
	free(given);
	octets_take(&reader, some, sizeof(some));
	assert_memory_equal(some, "\0\0\0", 4);
	assert_int_equal(reader.left, left);
	assert_false(octets_over(&reader));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(round_trip, NULL, clear),
		CASE_WITH(highest_first, NULL, clear),
		CASE_WITH(cut_short, NULL, clear),
		CASE_WITH(something_is_left, NULL, clear),
		CASE_WITH(grows, NULL, clear),
		CASE_WITH(limits, NULL, clear),
		CASE_WITH(no_text, NULL, clear),
		CASE_WITH(a_text_must_be_there, NULL, clear),
		CASE_WITH(never_more_than_there_are_octets, NULL, clear),
		CASE_WITH(huge_blocks, NULL, clear),
		CASE_WITH(stays_bad, NULL, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
