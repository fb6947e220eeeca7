/* SPDX-License-Identifier: MIT */
#include "world/posix/parts.h"

#include "base/bounds.h"
#include "base/xalloc.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define WATCH_MS_MAX 20
#define PROGRAM_UMASK 077
#define PIECE_SIZE 4096
#define DESCRIPTORS_MAX 65536
#define SIGNALS_MAX 64
#define USER_ID_DIGITS_MAX 9
#define NOBODY 65534
#define EXIT_UNEXPLAINED 126
#define EXIT_NOT_STARTED 127

/* The child speaks of its own failure through the descriptor after these. */
#define ERROR_DESCRIPTOR (STDERR_FILENO + 1)

struct identity {
	bool changes;
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	int group_count;
};

/* ---- Which user ------------------------------------------------------- */

static const struct passwd *find_user(const char *user)
{
	size_t digits = strspn(user, "0123456789");

	if (user[digits] == '\0' && digits > 0 && digits <= USER_ID_DIGITS_MAX)
		return getpwuid((uid_t)strtoul(user, NULL, 10));
	return getpwnam(user);
}

static void find_groups(const char *name, struct identity *identity)
{
	int room = 16, n = room;

	identity->groups = xcalloc((size_t)room, sizeof(gid_t));
	while (getgrouplist(name, identity->gid, identity->groups, &n) < 0) {
		room = n > room ? n : room * 2;
		n = room;
		identity->groups = xreallocarray(identity->groups,
						 (size_t)room, sizeof(gid_t));
	}
	identity->group_count = n;
}

/* All before the fork: the user data base may be anything, even threads. */
static int identity_find(const struct program *program,
			 struct identity *identity)
{
	const struct passwd *entry;

	*identity = (struct identity){ .changes = program->group != NULL };
	if (program->group) {
		identity->uid = NOBODY;
		identity->gid = *program->group;
		return 0;
	}
	if (!program->user)
		return 0;
	entry = find_user(program->user);
	if (!entry)
		return EINVAL;
	identity->uid = entry->pw_uid;
	identity->gid = entry->pw_gid;
	identity->changes = identity->uid != geteuid();
	if (identity->changes)
		find_groups(entry->pw_name, identity);
	return 0;
}

/* ---- In the child: async-signal-safe calls only ----------------------- */

static _Noreturn void child_fail(void)
{
	int error = errno;

	if (write(ERROR_DESCRIPTOR, &error, sizeof(error)) < 0)
		_exit(EXIT_UNEXPLAINED);
	_exit(EXIT_NOT_STARTED);
}

static void child_set_signals(void)
{
	sigset_t none;
	int n;

	for (n = 1; n <= SIGNALS_MAX; n++)
		signal(n, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void child_close_from(unsigned first)
{
	unsigned fd;

#ifdef HAVE_CLOSE_RANGE
	if (close_range(first, ~0U, 0) == 0)
		return;
#endif
	for (fd = first; fd < DESCRIPTORS_MAX; fd++)
		close((int)fd);
}

/*
 * Descriptors 0 to 2 are taken in every process that opened the world, so no
 * argument is one of them. Nothing new is opened before the old ones are
 * closed: there may be no room for it.
 */
static bool child_set_descriptors(int input, int output, int failure)
{
	int null;

	if (input >= 0 && dup2(input, STDIN_FILENO) < 0)
		_exit(EXIT_UNEXPLAINED);
	if (dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0)
		_exit(EXIT_UNEXPLAINED);
	if (failure != ERROR_DESCRIPTOR &&
	    dup3(failure, ERROR_DESCRIPTOR, O_CLOEXEC) < 0)
		_exit(EXIT_UNEXPLAINED);
	child_close_from(ERROR_DESCRIPTOR + 1);
	if (input >= 0)
		return true;
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return null >= 0 && dup2(null, STDIN_FILENO) >= 0;
}

static bool child_set_identity(const struct identity *identity)
{
	if (!identity->changes)
		return true;
	return setgroups((size_t)identity->group_count,
			 identity->groups) == 0 &&
	       setresgid(identity->gid, identity->gid, identity->gid) == 0 &&
	       setresuid(identity->uid, identity->uid, identity->uid) == 0;
}

static _Noreturn void child_start(const struct program *program,
				  const struct identity *identity, int input,
				  int output, int failure)
{
	child_set_signals();
	setsid();
	umask(PROGRAM_UMASK);
	if (child_set_descriptors(input, output, failure) && chdir("/") == 0 &&
	    child_set_identity(identity))
		execve(program->arguments[0], unconst(program->arguments),
		       unconst(program->environment));
	child_fail();
}

/* ---- In the parent ---------------------------------------------------- */

struct child {
	struct program *program;
	pid_t pid;
	int input;		/* all that it may read; -1: nothing */
	int output;		/* our end; -1 after the end of file */
	int64_t deadline_ms;	/* .. and then it is killed */
	int pause_ms;		/* how long the last look waited */
};

/* A pipe would have to be filled while the output is read. */
static int open_input(const struct program *program, int *input)
{
	size_t done = 0;
	ssize_t size;

	*input = -1;
	if (!program->input)
		return 0;
	*input = memfd_create("input", MFD_CLOEXEC);
	if (*input < 0)
		return errno;
	while (done < program->input_size) {
		size = write(*input, program->input + done,
			     program->input_size - done);
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0)
			return errno;
		done += (size_t)size;
	}
	return lseek(*input, 0, SEEK_SET) < 0 ? errno : 0;
}

static void close_pair(int pair[2])
{
	close(pair[0]);
	close(pair[1]);
}

static int start(struct child *child, const struct identity *identity,
		 int *failure)
{
	int output[2], error[2], reason;

	if (pipe2(output, O_CLOEXEC) != 0)
		return errno;
	if (pipe2(error, O_CLOEXEC) != 0) {
		reason = errno;
		close_pair(output);
		return reason;
	}
	child->pid = fork();
	if (child->pid == 0)
		child_start(child->program, identity, child->input, output[1],
			    error[1]);
	reason = errno;
	if (child->pid < 0) {
		close_pair(output);
		close_pair(error);
		return reason;
	}
	close(output[1]);
	close(error[1]);
	child->output = output[0];
	*failure = error[0];
	return 0;
}

/* The end of file says that the exec succeeded, for that closed it; from then
 * on the child leads its session and its process group. */
static int await_exec(int failure)
{
	int error = 0;
	ssize_t size;

	do
		size = read(failure, &error, sizeof(error));
	while (size < 0 && errno == EINTR);
	close(failure);
	return size == (ssize_t)sizeof(error) ? error : 0;
}

/* Beyond the limit it is read all the same, lest the program blocks. */
static void keep(struct program *program, const char *piece, size_t size)
{
	size_t room = PROGRAM_OUTPUT_MAX - program->output_size;

	if (size > room)
		size = room;
	for (size_t i = 0; i < size; i++)
		program->output[program->output_size++] =
			piece[i] ? piece[i] : ' ';
}

/* Reads once; false when there is nothing (more) to be read now. */
static bool read_output(struct child *child)
{
	char piece[PIECE_SIZE];
	ssize_t size;

	if (child->output < 0)
		return false;
	size = read(child->output, piece, sizeof(piece));
	if (size > 0) {
		keep(child->program, piece, (size_t)size);
		return true;
	}
	if (size < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	close(child->output);
	child->output = -1;
	child->pause_ms = 0;
	return false;
}

/* Between its last output and its end usually lies less than a moment. */
static void wait_for_output(struct child *child)
{
	struct pollfd pollfd = { .fd = child->output, .events = POLLIN };

	if (child->pause_ms < WATCH_MS_MAX)
		child->pause_ms = child->pause_ms * 2 + 1;
	poll(&pollfd, 1, child->pause_ms);
}

static bool has_exited(pid_t pid, int *status)
{
	pid_t gone;

	do
		gone = waitpid(pid, status, WNOHANG);
	while (gone < 0 && errno == EINTR);
	/* How it ended will not be known: so it has not succeeded. */
	if (gone < 0)
		*status = EXIT_UNEXPLAINED << 8;
	return gone != 0;
}

/*
 * Until the program itself is gone, not until its output ends: a daemon that
 * it started may keep that open for months.
 */
static int watch(struct child *child)
{
	bool killed = false;
	int status;

	while (!has_exited(child->pid, &status)) {
		if (!killed && posix_monotonic_ms() >= child->deadline_ms) {
			kill(-child->pid, SIGKILL);
			killed = true;
			child->program->timed_out = true;
		}
		if (!read_output(child))
			wait_for_output(child);
	}
	return status;
}

/* What the program left in the pipe; a daemon may go on writing to it. */
static void drain(struct child *child)
{
	size_t i;

	for (i = 0; i < PROGRAM_OUTPUT_MAX / PIECE_SIZE; i++)
		if (!read_output(child))
			break;
	if (child->output >= 0)
		close(child->output);
}

static void record_status(struct program *program, int status)
{
	if (WIFEXITED(status)) {
		program->status = WEXITSTATUS(status);
		return;
	}
	program->signal = WTERMSIG(status);
	program->status = 128 + program->signal;
}

static int run_as(struct program *program, const struct identity *identity,
		  int64_t deadline_ms)
{
	struct child child = { .program = program,
			       .deadline_ms = deadline_ms };
	int failure = -1, status;
	int error = open_input(program, &child.input);

	if (!error)
		error = start(&child, identity, &failure);
	if (child.input >= 0)
		close(child.input);
	if (error)
		return error;
	fcntl(child.output, F_SETFL, O_NONBLOCK);
	error = await_exec(failure);
	status = watch(&child);
	drain(&child);
	if (!error)
		record_status(program, status);
	return error;
}

static void posix_execute(struct world *world, struct program *program)
{
	int64_t own_ms = posix_monotonic_ms() + program->timeout_ms;
	int64_t all_ms = posix_deadline_ms(world);
	struct identity identity;

	program->timed_out = false;
	program->status = 0;
	program->signal = 0;
	program->output = xcalloc(1, PROGRAM_OUTPUT_MAX + 1);
	program->output_size = 0;
	program->error = identity_find(program, &identity);
	if (!program->error)
		program->error = run_as(program, &identity,
					own_ms < all_ms ? own_ms : all_ms);
	if (program->error)
		program->status = EXIT_NOT_STARTED;
	free(identity.groups);
}

void world_posix_add_program(struct world *world)
{
	world->execute = posix_execute;
}
