/* SPDX-License-Identifier: MIT */
#include "look/probe_all.h"

#include "support/passes.h"

TEST(probe)
{
	struct target *target = &opened.targets.items[0];
	static const struct {
		enum probe_verdict verdict;
		bool keeps_proof;
	} rows[] = {
		{ PROBE_SAW_NEW, true },
		{ PROBE_SAW_OTHER, false },
		{ PROBE_UNSEEN, true },
	};

	target->facts.released = target->facts.live;
	probe_all(&opened.source, &opened.targets);
	assert_int_equal(fake_net.probes, 0);
	target->action.step = STEP_PROBE;
	for (size_t i = 0; i < 3; i++) {
		fake_net.probe = rows[i].verdict;
		target->state->proven_ms = 5;
		probe_all(&opened.source, &opened.targets);
		assert_int_equal(target->probe, rows[i].verdict);
		assert_int_equal(target->state->proven_ms,
				 rows[i].keeps_proof ? 5 : 0);
		assert_non_null(target->probe_detail);
	}
	target->done = true;
	probe_all(&opened.source, &opened.targets);
	assert_int_equal(fake_net.probes, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, opened_open, opened_close)
		CASE(probe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
