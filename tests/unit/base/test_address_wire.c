/* SPDX-License-Identifier: MIT */
#include "base/address_wire.h"
#include "unit.h"

static struct octets octets;

/* ADDRESS, there and back. */
static struct address pass(const struct address *address, bool may_be_none,
			   bool *good)
{
	struct octets_reader reader;
	struct address back;

	octets_clear(&octets);
	address_put(&octets, address);
	reader = (struct octets_reader){ .data = octets.data,
					 .left = octets.size };
	back = address_take(&reader, may_be_none);
	*good = octets_over(&reader);
	octets_clear(&octets);
	return back;
}

TEST(there_and_back)
{
	static const struct address addresses[] = {
		{ .family = 4, .bytes = { 192, 0, 2, 1 }, .port = 53 },
		{ .family = 6, .bytes = { 0x20, 1, [15] = 9 },
		  .port = 65535 } };
	bool good;

	for (size_t i = 0; i < COUNT(addresses); i++) {
		struct address back = pass(&addresses[i], false, &good);

		assert_true(good);
		assert_true(address_equal(&back, &addresses[i]));
		assert_int_equal(back.port, addresses[i].port);
	}
}

TEST(no_address)
{
	struct address none = { .family = 0 }, odd = { .family = 5 };
	bool good;

	pass(&none, true, &good);
	assert_true(good);
	pass(&none, false, &good);
	assert_false(good);
	pass(&odd, true, &good);
	assert_false(good);
	odd.family = 7;
	pass(&odd, true, &good);
	assert_false(good);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_no_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
