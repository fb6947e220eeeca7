/* SPDX-License-Identifier: MIT */
#include "base/xalloc.h"

#include "unit.h"
#include <jansson.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

TEST(zero_sizes_are_memory)
{
	void *memory[5];
	size_t i;

	memory[0] = xmalloc(0);
	memory[1] = xcalloc(0, 8);
	memory[2] = xcalloc(8, 0);
	memory[3] = xreallocarray(NULL, 0, 8);
	memory[4] = xmemdup(NULL, 0);
	for (i = 0; i < 5; i++) {
		assert_non_null(memory[i]);
		free(memory[i]);
	}
}

TEST(texts)
{
	char *copy = xstrdup("alnitak");
	char *part = xstrndup("alnitak", 3);
	char *printed = xasprintf("%s %d", "a", 7);
	char *octets = xmemdup("a\0b", 3);

	assert_string_equal(copy, "alnitak");
	assert_string_equal(part, "aln");
	assert_string_equal(printed, "a 7");
	assert_memory_equal(octets, "a\0b", 3);
	free(copy);
	free(part);
	free(printed);
	free(octets);
}

TEST(streq)
{
	assert_true(streq("a", "a"));
	assert_false(streq("a", "b"));
	assert_false(streq("a", NULL));
	assert_false(streq(NULL, "a"));
	assert_false(streq(NULL, NULL));
}

TEST(array_grows_zeroed)
{
	struct { uint64_t number, zero; } *array = NULL;
	size_t count = 0, i;

	for (i = 0; i < 1000; i++)
		array_push(array, count)->number = i;
	assert_int_equal(count, 1000);
	for (i = 0; i < count; i++) {
		assert_int_equal(array[i].number, i);
		assert_int_equal(array[i].zero, 0);
	}
	free(array);
}

/* How a child ends that does ACTION, its messages unseen. */
static int status_of(void (*action)(void))
{
	struct rlimit no_core = { 0, 0 };
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGABRT, SIG_DFL);
		fclose(stderr);
		action();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void break_invariant(void)
{
	invariant(getpid() == 0);
}

static void keep_invariant(void)
{
	invariant(getpid() != 0);
}

static unsigned deeds;

static void fail_deed(void)
{
	must(++deeds == 0);
}

static void overflow(void)
{
	xreallocarray(NULL, SIZE_MAX / 2, 4);
}

TEST(broken_invariants_abort)
{
	int status = status_of(break_invariant);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	status = status_of(overflow);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	status = status_of(keep_invariant);
	assert_true(WIFEXITED(status));
}

TEST(what_must_be_done_is_done_or_aborts)
{
	int status = status_of(fail_deed);

	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	must(++deeds == 1);
	assert_int_equal(deeds, 1);
}

/* Their own functions would return NULL for nothing, as for no memory. */
TEST(libraries_take_ours)
{
	json_malloc_t take;
	json_free_t give;
	void *memory;

	xalloc_begin();
	memory = OPENSSL_malloc(0);
	assert_non_null(memory);
	memory = OPENSSL_realloc(memory, 100);
	assert_non_null(memory);
	memset(memory, 1, 100);
	assert_null(OPENSSL_realloc(memory, 0));
	OPENSSL_free(OPENSSL_zalloc(10));
	json_get_alloc_funcs(&take, &give);
	assert_ptr_equal(take, xmalloc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_libraries_take_ours),
		cmocka_unit_test(test_zero_sizes_are_memory),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_streq),
		cmocka_unit_test(test_array_grows_zeroed),
		cmocka_unit_test(test_broken_invariants_abort),
		cmocka_unit_test(test_what_must_be_done_is_done_or_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
