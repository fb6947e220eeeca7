/* SPDX-License-Identifier: MIT */
#include "world/posix/posix.h"

#include "unit.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONG_MS 10000

static struct world world;
static char root[32];
static int dir;

static int setup(void **state)
{
	(void)state;
	strncpy(root, "/tmp/alnitak-test-XXXXXX", sizeof(root) - 1);
	world_posix_open(&world);
	if (!mkdtemp(root))
		return -1;
	dir = world.dir_open(&world, WORLD_CWD, root);
	return dir >= 0 ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	unlinkat(dir, "lock", 0);
	unlinkat(dir, "lock.wanted", 0);
	world.dir_close(&world, dir);
	world_posix_close(&world);
	return rmdir(root);
}

/* Another process that holds a lock until told, by end of file, to go. */
struct holder {
	pid_t pid;
	int go;
};

static bool take_posix_lock(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = openat(dir, "lock", O_RDWR | O_CREAT, 0600);

	return fcntl(fd, F_SETLK, &lock) == 0;
}

static bool take_own_lock(void)
{
	struct world other;

	world_posix_open(&other);
	return other.lock(&other, dir, "lock", 0) == 0;
}

static struct holder hold(bool (*take)(void))
{
	struct holder holder;
	int ready[2], go[2];
	char octet = 'n';

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(go), 0);
	holder.pid = fork();
	if (holder.pid == 0) {
		close(go[1]);
		if (take())
			octet = 'y';
		if (write(ready[1], &octet, 1) == 1 &&
		    read(go[0], &octet, 1) == 0)
			_exit(0);
		_exit(1);
	}
	close(ready[1]);
	close(go[0]);
	holder.go = go[1];
	assert_int_equal(read(ready[0], &octet, 1), 1);
	assert_int_equal(octet, 'y');
	close(ready[0]);
	return holder;
}

static void dismiss(struct holder *holder)
{
	int status;

	close(holder->go);
	assert_int_equal(waitpid(holder->pid, &status, 0), holder->pid);
	assert_int_equal(status, 0);
}

TEST(lock_excludes)
{
	bool (*const takes[])(void) = { take_posix_lock, take_own_lock };
	struct holder holder;
	size_t i;

	for (i = 0; i < 2; i++) {
		holder = hold(takes[i]);
		assert_int_equal(world.lock(&world, dir, "lock", 0), -EAGAIN);
		assert_int_equal(world.lock(&world, dir, "lock", 30), -EAGAIN);
		dismiss(&holder);
	}
	assert_int_equal(world.lock(&world, dir, "lock", 0), 0);
	world.unlock(&world);
}

TEST(unlock)
{
	struct world other;

	world.unlock(&world);
	world_posix_open(&other);
	assert_int_equal(world.lock(&world, dir, "lock", 0), 0);
	assert_int_equal(other.lock(&other, dir, "lock", 0), -EAGAIN);
	world.unlock(&world);
	assert_int_equal(other.lock(&other, dir, "lock", 0), 0);
	assert_int_equal(world.lock(&world, dir, "lock", 0), -EAGAIN);
	other.unlock(&other);
	assert_int_equal(world.lock(&world, dir, "lock", 0), 0);
	world_posix_close(&other);
}

TEST(lock_waits)
{
	struct holder holder = hold(take_own_lock);
	struct moment before, after;
	int status;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		/* A while later the holder goes. */
		poll(NULL, 0, 30);
		kill(holder.pid, SIGKILL);
		_exit(0);
	}
	world.now(&world, &before);
	assert_int_equal(world.lock(&world, dir, "lock", LONG_MS), 0);
	world.now(&world, &after);
	assert_true(after.boot_ms - before.boot_ms < LONG_MS / 2);
	close(holder.go);
	waitpid(holder.pid, &status, 0);
	waitpid(pid, &status, 0);
}

/* Nobody takes it because some other descriptor of the file was closed. */
TEST(lock_is_kept)
{
	char *data;
	size_t size;
	struct world other;
	struct stat stat;

	assert_int_equal(world.lock(&world, dir, "lock", 0), 0);
	assert_int_equal(world.file_read(&world, dir, "lock", 10, &data,
					 &size, NULL), 0);
	free(data);
	world_posix_open(&other);
	assert_int_equal(other.lock(&other, dir, "lock", 0), -EAGAIN);
	assert_int_equal(fstatat(dir, "lock", &stat, 0), 0);
	assert_int_equal(stat.st_mode & 0777, 0600);
	world_posix_close(&world);
	assert_int_equal(other.lock(&other, dir, "lock", 0), 0);
	world_posix_close(&other);
	world_posix_open(&world);
}

TEST(lock_held)
{
	struct holder holder;
	struct stat stat;

	assert_int_equal(world.lock_held(&world, dir, "lock"), 0);
	assert_int_equal(fstatat(dir, "lock", &stat, 0), -1);
	holder = hold(take_posix_lock);
	assert_int_equal(world.lock_held(&world, dir, "lock"), 1);
	dismiss(&holder);
	assert_int_equal(world.lock_held(&world, dir, "lock"), 0);
	holder = hold(take_own_lock);
	assert_int_equal(world.lock_held(&world, dir, "lock"), 1);
	dismiss(&holder);
}

static bool wait_for_lock(void)
{
	struct world other;
	pid_t pid = fork();

	if (pid != 0)
		return pid > 0;
	/* The descriptor that the fork has given it. */
	world.unlock(&world);
	world_posix_open(&other);
	_exit(other.lock(&other, dir, "lock", LONG_MS) != 0);
}

static void await_wanted(int want)
{
	for (int i = 0; i < LONG_MS; i++) {
		if (world.lock_held(&world, dir, "lock.wanted") == want)
			return;
		poll(NULL, 0, 1);
	}
	fail_msg("it is not seen whether somebody waits");
}

/* Whoever waits is seen by the holder, two as well as one; whoever only looks
 * whether the lock is free is not. */
TEST(waiting_is_seen)
{
	struct world other;
	int status;

	world_posix_open(&other);
	assert_int_equal(world.lock(&world, dir, "lock", LONG_MS), 0);
	assert_int_equal(other.lock(&other, dir, "lock", 0), -EAGAIN);
	assert_int_equal(faccessat(dir, "lock.wanted", F_OK, 0), -1);
	await_wanted(0);
	assert_true(wait_for_lock());
	await_wanted(1);
	assert_true(wait_for_lock());
	assert_int_equal(other.lock(&other, dir, "lock", 30), -EAGAIN);
	assert_int_equal(world.lock_held(&world, dir, "lock.wanted"), 1);
	world.unlock(&world);
	for (int i = 0; i < 2; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	await_wanted(0);
	world_posix_close(&other);
}

TEST(errors)
{
	assert_int_equal(world.lock(&world, dir, "a/b", 0), -EINVAL);
	assert_int_equal(world.lock(&world, dir, "..", 0), -EINVAL);
	assert_int_equal(world.lock_held(&world, dir, ".."), -EINVAL);
	assert_int_equal(symlinkat("elsewhere", dir, "lock"), 0);
	assert_int_equal(world.lock(&world, dir, "lock", 0), -ELOOP);
	assert_int_equal(world.lock_held(&world, dir, "lock"), -ELOOP);
}

#define CASE(name) CASE_WITH(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(lock_excludes),
		CASE(unlock),
		CASE(lock_waits),
		CASE(lock_is_kept),
		CASE(lock_held),
		CASE(waiting_is_seen),
		CASE(errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
