/* SPDX-License-Identifier: MIT */
#include "world/posix/posix.h"

#include "unit.h"
#include "world/posix/parts.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

static bool guarded;
static CRYPTO_malloc_fn plain_new;
static CRYPTO_realloc_fn plain_resize;
static CRYPTO_free_fn plain_free;

TEST(not_dumped)
{
	assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
}

TEST(umask_of_the_caller)
{
	assert_int_equal(umask(077), 027);
	umask(027);
}

TEST(wipes_all_of_a_block)
{
	unsigned char *block = malloc(100);
	size_t size = malloc_usable_size(block);

	assert_true(size >= 100);
	for (size_t i = 0; i < size; i++)
		block[i] = 's';
	posix_wipe(block);
	for (size_t i = 0; i < size; i++)
		assert_int_equal(block[i], 0);
	free(block);
	posix_wipe(NULL);
}

/* None of libcrypto's own functions is left, and those in their place work. */
TEST(libcrypto_wipes)
{
	CRYPTO_malloc_fn is_new;
	CRYPTO_realloc_fn is_resize;
	CRYPTO_free_fn is_free;
	char *text;

	assert_true(guarded);
	CRYPTO_get_mem_functions(&is_new, &is_resize, &is_free);
	assert_true(is_new != plain_new && is_resize != plain_resize &&
		    is_free != plain_free);
	assert_null(OPENSSL_malloc(0));
	text = OPENSSL_realloc(NULL, 4);
	memcpy(text, "key", 4);
	text = OPENSSL_realloc(text, 5000);
	assert_string_equal(text, "key");
	text = OPENSSL_realloc(text, 2);
	assert_memory_equal(text, "ke", 2);
	OPENSSL_free(text);
	OPENSSL_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_dumped),
		cmocka_unit_test(test_umask_of_the_caller),
		cmocka_unit_test(test_wipes_all_of_a_block),
		cmocka_unit_test(test_libcrypto_wipes),
	};

	CRYPTO_get_mem_functions(&plain_new, &plain_resize, &plain_free);
	umask(005);
	guarded = world_posix_guard();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
