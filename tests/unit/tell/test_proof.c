/* SPDX-License-Identifier: MIT */
#include "tell/proof.h"

#include "base/xalloc.h"
#include "support/rollover.h"
#include "unit.h"

static json_t *proof_of(char chain)
{
	return proof_json(&scene.facts, cast_chain(chain));
}

static json_int_t number(const json_t *json, const char *field)
{
	const json_t *value = json_object_get(json, field);

	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

static void open_replaced(void)
{
	scene_open(&scene, 'a', 'b');
	scene_history(&scene, 0, "a", 3600, 4000);
	scene_say(&scene, 0, "a b", 3600);
	scene.facts.rules.margin_seconds = 100;
}

TEST(what_is_waited_for)
{
	json_t *proof, *owner, *ledger, *term, *versions;
	size_t i;

	open_replaced();
	proof = proof_of('b');
	assert_int_equal(json_array_size(proof), 1);
	owner = json_array_get(proof, 0);
	assert_string_equal(json_string_value(json_object_get(owner, "role")),
			    "wanted");
	assert_int_equal(json_array_size(json_object_get(owner, "matches")),
			 1);
	assert_int_equal(json_array_size(json_object_get(owner, "servers")),
			 2);
	ledger = json_array_get(json_object_get(owner, "ledgers"), 0);
	versions = json_object_get(ledger, "versions");
	assert_int_equal(number(ledger, "publication_until_ms"),
			 number(ledger, "publication_ms") + 2 * 3600 * 1000);
	assert_int_equal(number(ledger, "safe_ms"),
			 number(ledger, "publication_until_ms"));
	json_array_foreach(json_object_get(ledger, "served"), i, term) {
		json_t *version = json_array_get(versions,
			(size_t)number(term, "version"));

		assert_true(json_is_false(json_object_get(version,
							  "matches")));
		assert_int_equal(number(term, "until_ms"),
				 number(term, "last_ms") +
				 (number(term, "ttl_seconds") + 100) * 1000);
	}
	assert_true(i > 0);
	json_decref(proof);
}

TEST(nothing_is_waited_for)
{
	json_t *proof, *ledger;

	open_replaced();
	proof = proof_of('a');
	ledger = json_array_get(json_object_get(json_array_get(proof, 0),
						"ledgers"), 0);
	assert_int_equal(json_array_size(json_object_get(ledger, "served")),
			 0);
	assert_true(json_is_null(json_object_get(ledger, "safe_ms")));
	assert_true(json_is_null(json_object_get(ledger, "publication_ms")));
	json_decref(proof);
}

TEST(every_kind_has_a_word)
{
	static const char *const words[] = { "unknown", "set", "absent",
					     "too many", "alias" };
	struct tlsa_set set = cast_set("x");
	json_t *proof, *versions;

	open_replaced();
	scene.ledgers[0]->versions[1].kind = LEDGER_SET;
	ledger_add_version(scene.ledgers[0], LEDGER_ABSENT,
			   &(struct tlsa_set){ 0 });
	ledger_add_version(scene.ledgers[0], LEDGER_ALIEN, &set);
	ledger_add_alias(scene.ledgers[0], "x.example.net.");
	proof = proof_of('b');
	versions = json_object_get(json_array_get(json_object_get(
		json_array_get(proof, 0), "ledgers"), 0), "versions");
	for (size_t i = 0; i < COUNT(words); i++) {
		size_t k = i < 2 ? i : i + 1;

		assert_string_equal(json_string_value(json_object_get(
			json_array_get(versions, k), "kind")), words[i]);
	}
	tlsa_set_clear(&set);
	json_decref(proof);
}

TEST(that_none_is_left)
{
	json_t *proof, *owner, *ledger;

	open_replaced();
	proof = proof_of('b');
	owner = json_array_get(proof, 0);
	assert_true(json_is_false(json_object_get(owner, "leaving")));
	json_decref(proof);
	proof = proof_json(&scene.facts, NULL);
	owner = json_array_get(proof, 0);
	ledger = json_array_get(json_object_get(owner, "ledgers"), 0);
	assert_true(json_is_true(json_object_get(owner, "leaving")));
	assert_int_equal(json_array_size(json_object_get(owner, "matches")),
			 0);
	assert_true(number(ledger, "safe_ms") > SCENE_NOW);
	json_decref(proof);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE_WITH(what_is_waited_for, NULL, close_scene),
		CASE_WITH(nothing_is_waited_for, NULL, close_scene),
		CASE_WITH(every_kind_has_a_word, NULL, close_scene),
		CASE_WITH(that_none_is_left, NULL, close_scene),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
